"""What of a load arrived, exactly: each message at each reader once, and when."""
from __future__ import unicode_literals

from collections import Counter, namedtuple

STEPS = 10000.0  # of a second, in which delays are counted

# ``delivered``: how many times a reader got a message, of those it got exactly once; ``twice``:
# those it got more often; ``disordered``: how many times a lower seq came after a higher one;
# ``delays``: {steps: deliveries}; ``last``: when the last one came.
Tally = namedtuple("Tally", "delivered twice disordered renumbered delays last")


def count(log, readers, sent_at):
    """``sent_at[number]``: when the message went out; takes a second or two for a million deliveries."""
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
    """Messages that were told with more than one seq, or share one with another."""
    pairs = {pair for messages in log.chunks for pair in messages}
    numbers = Counter(number for number, _ in pairs)
    seqs = Counter(seq for _, seq in pairs)
    return sum(1 for counted in (numbers, seqs) for times in counted.values() if times > 1)


def percentile(delays, percent):
    """Seconds that so many percent of the deliveries did not exceed, or None where there is none."""
    rank = max(1, -(-sum(delays.values()) * percent // 100))
    for steps in sorted(delays):
        rank -= delays[steps]
        if rank <= 0:
            return (steps + 0.5) / STEPS
    return None
