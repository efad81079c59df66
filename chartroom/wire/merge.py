"""What a reader makes of the frames that it was sent: a pure function, the same in the page's script."""
from __future__ import unicode_literals


def merge(have, new, seq=None):
    """
    What a reader shows after frames came in any order, some of them twice.

    ``have`` and ``new``: lists of message dicts; ``seq``: the last number that
    the reader knows to be complete (None: it takes whatever comes first as its
    beginning). Returns ``(messages, seq, gap)``: all of them once, in order;
    the last ``seq`` up to which nothing is missing; and whether something is
    missing behind it.
    """
    by_seq = {wire["seq"]: wire for wire in have}
    by_seq.update((wire["seq"], wire) for wire in new)
    merged = [by_seq[number] for number in sorted(by_seq)]

    if seq is None and merged:
        seq = merged[0]["seq"]
    while seq is not None and seq + 1 in by_seq:
        seq += 1
    return merged, seq, bool(merged) and merged[-1]["seq"] > (seq or 0)
