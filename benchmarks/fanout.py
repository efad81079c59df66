"""Many readers of one room, some of which also send, at a steady rate: share delivered, and delay."""
from __future__ import unicode_literals

import os
from array import array
from collections import namedtuple
from timeit import default_timer

from benchmarks import tally, usage
from benchmarks.readers import described
from benchmarks.figures import milliseconds
from benchmarks.processes import Failed
from benchmarks.stacks import CONNECT_WITHIN, IN_FLIGHT

SENDERS = 20
SETTLE = 1.0    # seconds between connecting and sending
WAIT_AFTER = 5  # seconds after the last message was sent, for the remaining deliveries
OTHERS = "others on this machine"
LATE = 1.5      # times the load's seconds, after which nothing more is sent

Load = namedtuple("Load", "readers rate seconds")

# ``rate``: deliveries a second; ``share``: of (stored x readers); ``closed``: sockets that the server
# has closed; ``cpu``: seconds of each process.
Result = namedtuple("Result", "sent stored acked closed rate share p50 p99 cpu seconds")


def measure(stack, load, progress):
    """Runs the load on a running stack, and returns a `Result`."""
    with stack.crowd() as crowd:
        crowd.connect(load.readers, IN_FLIGHT, CONNECT_WITHIN)
        stored = stack.count_stored()
        _wait(crowd, SETTLE)

        before, start = cpu_seconds(stack), default_timer()
        sent_at, sent = _send(crowd, stack, load)
        _wait(crowd, WAIT_AFTER, lambda: crowd.delivered >= sent * load.readers and (
            not stack.acknowledges or len(crowd.acked) >= sent))
        end = default_timer()
        cpu = {kind: seconds - before[kind] for kind, seconds in cpu_seconds(stack).items()}

        counted = tally.count(crowd.log, load.readers, sent_at)
        result = _result(crowd, load, sent, stored(), counted, cpu, start, end)
        _report(stack, load, crowd, counted, result, progress)
        return result


class Sender(object):
    """
    The messages that one socket sends. Where the server acknowledges, one frame is in
    flight at a time and messages that fall due meanwhile go into the next, as on the page.
    """

    def __init__(self, reader):
        self.reader = reader
        self.queue, self.in_flight = [], []

    def pump(self, crowd, stack):
        """Sends the next frame unless one is in flight; returns the number of messages in it."""
        if not self.queue or not crowd.acked.issuperset(self.in_flight):
            return 0
        most = stack.frame_messages
        numbers, self.queue = self.queue[:most], self.queue[most:]
        if not crowd.send(self.reader, stack.frame(numbers)):
            return 0
        if stack.acknowledges:
            self.in_flight = numbers
        return len(numbers)


def _send(crowd, stack, load):
    """
    Sends what is due by the clock, without waiting for a slow server; a message's time
    is when it was due. Returns these times, and the number of messages sent.
    """
    total, sent = int(load.rate * load.seconds), 0
    sent_at = array(str("d"))
    senders = [Sender(reader) for reader in crowd.readers[:min(SENDERS, load.readers)]]
    start = default_timer()
    while (len(sent_at) < total or any(sender.queue for sender in senders)) and (
            default_timer() - start < load.seconds * LATE):
        due = min(total, int((default_timer() - start) * load.rate) + 1)
        for number in range(len(sent_at), due):
            sent_at.append(default_timer())
            senders[number % len(senders)].queue.append(number)
        sent += sum(sender.pump(crowd, stack) for sender in senders)
        crowd.poll(min(0.05, start + len(sent_at) / float(load.rate) - default_timer()))
    return sent_at, sent


def _wait(crowd, seconds, is_enough=lambda: False):
    """Reads for at most that many seconds, or until ``is_enough``."""
    until = default_timer() + seconds
    while default_timer() < until and not is_enough():
        crowd.poll(0.05)


def cpu_seconds(stack):
    """``{(kind of process, number): CPU seconds since its start}``; 0 for a stock worker that has exited."""
    pids = {
        "interface": [stack.running["interface"].popen.pid],
        "workers": [process.popen.pid for process in stack.running["workers"]],
        "Redis": [stack.redis.info()["process_id"]],
        "load": [os.getpid()],
    }
    seconds = {}
    for kind, several in pids.items():
        for number, pid in enumerate(several):
            try:
                seconds[(kind, number)] = usage.cpu_seconds(pid)
            except Failed:
                seconds[(kind, number)] = 0.0
    # The rest of the machine's load: it shows how far the figures can be trusted.
    seconds[(OTHERS, 0)] = usage.busy_seconds() - sum(seconds.values())
    return seconds


def _result(crowd, load, sent, stored, counted, cpu, start, end):
    wanted = stored * load.readers
    seconds = (counted.last or end) - start
    return Result(
        sent, stored, len(crowd.acked), crowd.gone, counted.delivered / seconds,
        counted.delivered / float(wanted) if wanted else 0,
        tally.percentile(counted.delays, 50), tally.percentile(counted.delays, 99), cpu, end - start)


def _report(stack, load, crowd, counted, result, progress):
    progress("%s, %d readers, %d messages/s: sent %d, stored %d, acknowledged %d; %d deliveries/s, %d of %d; delay %s" % (
        stack.name, load.readers, load.rate, result.sent, result.stored, result.acked, result.rate,
        counted.delivered, result.stored * load.readers,
        " / ".join(milliseconds(delay) for delay in (result.p50, result.p99) if delay is not None) or "unknown"))
    progress("  CPU of %.1f s: %s" % (result.seconds, ", ".join(
        "%s %.1f" % (kind, seconds) for (kind, number), seconds in sorted(result.cpu.items()))))

    # Violations of the promise, which the table does not show.
    wrong = [("more than once", counted.twice), ("out of order", counted.disordered),
             ("with two numbers", counted.renumbered)]
    for what, number in wrong:
        if number:
            progress("  %s: %d" % (what, number))
    if crowd.closes or crowd.errors:
        progress("  closed: %s; errors: %s" % (described(crowd.closes), described(crowd.errors)))
