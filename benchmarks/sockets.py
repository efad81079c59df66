# coding: utf-8
"""chartroom's stack and the stock one with many sockets: the measurements, and their table."""
from __future__ import unicode_literals

from benchmarks import connects, fanout, groups, usage
from benchmarks.fanout import Load
from benchmarks.figures import milliseconds, table, times, whole
from benchmarks.processes import Failed
from benchmarks.stacks import STACKS

NOT_MEASURED = "–"

LOADS = [Load(500, 200, 15), Load(500, 500, 10), Load(1000, 50, 15)]
QUICK_LOADS = [Load(100, 200, 3), Load(100, 500, 3), Load(200, 50, 3)]
SOCKETS, QUICK_SOCKETS = 1000, 200
COMPLAINTS = 3  # lines of a process's log that are shown
SPREADS = (1, 4)  # interface processes that the members of a group are connected to


class Sockets(object):
    """One run of each measurement; one that fails becomes a note, and the others are still made."""

    def __init__(self, database, redis_url, folder, is_quick, progress):
        self.database, self.redis_url, self.folder, self.progress = database, redis_url, folder, progress
        self.loads = QUICK_LOADS if is_quick else LOADS
        self.sockets = QUICK_SOCKETS if is_quick else SOCKETS
        self.notes = []
        self.measured = {}  # {(what, stack's name): result}

    def run(self):
        usage.allow_sockets(max([self.sockets] + [load.readers for load in self.loads]))
        for load in self.loads:
            for stack in STACKS:
                self._on(stack, load, lambda running: fanout.measure(running, load, self.progress))
        for stack in STACKS:
            self._on(stack, "connects", lambda running: connects.measure(running, self.sockets, self.progress))
        for processes in SPREADS:
            for stack in STACKS:
                self.measured[processes, stack.name] = groups.measure(
                    stack.name, self.redis_url, self.sockets, processes, self.progress)
        return self

    def _on(self, stack, what, measure):
        running = stack(self.database, self.redis_url, self.folder)
        try:
            with running:
                self.measured[what, stack.name] = measure(running)
            for process, lines in running.complaints:
                for line in lines[:COMPLAINTS]:
                    self.progress("  %s's %s logged: %s" % (stack.name, process, line))
                if len(lines) > COMPLAINTS:
                    self.progress("  … and %d more lines." % (len(lines) - COMPLAINTS))
        except Failed as failure:
            self.progress("%s: %s" % (stack.name, failure))
            self.notes.append("%s was not measured completely: %s" % (stack.name, failure))

    # The table

    def table(self):
        rows = []
        for load in self.loads:
            title = "%s readers, %d messages/s for %d s: " % (whole(load.readers), load.rate, load.seconds)
            rows.extend([
                self._row(title + "deliveries/s", load, lambda result: result.rate, whole),
                self._row("… of what is stored, delivered to each reader", load, lambda result: result.share, percent),
                self._texts("… sent; stored; acknowledged; sockets closed", load, _counts),
                self._row("… send to reader, p50", load, lambda result: result.p50, milliseconds),
                self._row("… send to reader, p99", load, lambda result: result.p99, milliseconds),
                self._texts("… CPU seconds: interface; workers; Redis; the load", load, _cpu),
            ])
        rows.extend([
            self._row("%s sockets come: connects/s" % whole(self.sockets), "connects", lambda done: done.rate, whole),
            self._row("… interface server's memory for an idle one", "connects", lambda done: done.bytes, kilobytes),
        ])
        for processes in SPREADS:
            title = "a message to a group of %s on %d interface process%s: " % (
                whole(self.sockets), processes, "es" if processes > 1 else "")
            rows.extend([
                self._row(title + "round trips", processes, lambda result: result.round_trips, whole),
                self._row("… time", processes, lambda result: result.seconds, milliseconds),
            ])
        return table(["", "chartroom", "stock", "×"], rows)

    def _row(self, title, what, value, shown):
        values = []
        for stack in STACKS:
            result = self.measured.get((what, stack.name))
            values.append(None if result is None else value(result))
        ratio = times(*values) if values[0] is not None and values[1] else NOT_MEASURED
        return [title] + [NOT_MEASURED if one is None else shown(one) for one in values] + [ratio]

    def _texts(self, title, what, shown):
        results = [self.measured.get((what, stack.name)) for stack in STACKS]
        return [title] + [NOT_MEASURED if result is None else shown(result) for result in results] + [""]


def _counts(result):
    acked = whole(result.acked) if result.acked else NOT_MEASURED
    return "%s; %s; %s; %s" % (whole(result.sent), whole(result.stored), acked, whole(result.closed))


def _cpu(result):
    kinds = ("interface", "workers", "Redis", "load")
    return "; ".join(
        " + ".join("%.1f" % result.cpu[key] for key in sorted(result.cpu) if key[0] == kind) for kind in kinds)


def percent(share):
    """Rounds down, so that less than all is never shown as 100 %."""
    return "100 %" if share == 1 else "%.2f %%" % (int(share * 10000) / 100.0)


def kilobytes(count):
    return "%.1f KB" % (count / 1024)
