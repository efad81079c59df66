"""Counts deliveries exactly: which reader received which message, how often and when."""
from __future__ import unicode_literals

from collections import Counter, namedtuple

STEPS = 10000.0  # a second, the resolution of delays

# ``delivered``: messages that a reader received exactly once, over all readers; ``twice``: those
# received more often; ``disordered``: deliveries with a lower seq than one before; ``renumbered``:
# messages with more than one seq, or sharing one; ``delays``: {steps: deliveries}; ``last``: time of
# the last delivery.
Tally = namedtuple("Tally", "delivered twice disordered renumbered delays last")


def count(log, readers, sent_at):
    """``sent_at[number]``: when the message was due; takes a second or two for a million deliveries."""
    got = [bytearray(len(sent_at)) for _ in range(readers)]
    highest = [0] * readers
    disordered, delays = 0, Counter()
    for reader, index, at in zip(log.readers, log.indexes, log.times):
        mine, top = got[reader], highest[reader]
        for number, seq in log.chunks[index]:
            mine[number] = min(255, mine[number] + 1)
            delays[int((at - sent_at[number]) * STEPS)] += 1
            if seq < top:
                disordered += 1
            top = seq
        highest[reader] = top
    once = sum(mine.count(b"\x01") for mine in got)
    any_times = sum(len(sent_at) - mine.count(b"\0") for mine in got)
    return Tally(once, any_times - once, disordered, _renumbered(log), delays, log.times[-1] if log.times else None)


def _renumbered(log):
    """Number of messages that were sent with more than one seq, or that share one with another."""
    pairs = {pair for messages in log.chunks for pair in messages}
    numbers = Counter(number for number, _ in pairs)
    seqs = Counter(seq for _, seq in pairs)
    return sum(1 for counted in (numbers, seqs) for times in counted.values() if times > 1)


def percentile(delays, percent):
    """Seconds that ``percent`` percent of the deliveries did not exceed; None without deliveries."""
    rank = max(1, -(-sum(delays.values()) * percent // 100))
    for steps in sorted(delays):
        rank -= delays[steps]
        if rank <= 0:
            return (steps + 0.5) / STEPS
    return None
