"""How a client merges the messages of its frames: a pure function, which the page's script has as well."""
from __future__ import unicode_literals


def merge(have, new, seq=None):
    """
    Merge messages that arrived in any order, some of them twice.

    ``have`` and ``new`` are lists of message dicts. ``seq`` is the number up to which
    the client has all messages (None: it starts with the lowest number of these).
    Return ``(messages, seq, gap)``: each message once, in order; the new number up to
    which none is missing; and whether some are missing after it.
    """
    by_seq = {wire["seq"]: wire for wire in have}
    by_seq.update((wire["seq"], wire) for wire in new)
    merged = [by_seq[number] for number in sorted(by_seq)]

    if seq is None and merged:
        seq = merged[0]["seq"]
    while seq is not None and seq + 1 in by_seq:
        seq += 1
    return merged, seq, bool(merged) and merged[-1]["seq"] > (seq or 0)
