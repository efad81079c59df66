# coding: utf-8
"""Cost of the same work on each Python for the server's processes. The load always comes from this process."""
from __future__ import unicode_literals

import json
import subprocess
from collections import namedtuple
from timeit import default_timer

from benchmarks import environments, fanout, idle, usage
from benchmarks.fanout import Load
from benchmarks.figures import median, percentile, table, times
from benchmarks.processes import CHARTROOM, PYTHON, ROOT, Failed, under
from benchmarks.stacks import CONNECT_WITHIN, IN_FLIGHT, Chartroom

NOT_MEASURED = "–"
ROUNDS, QUICK_ROUNDS = 5, 1
LAYER_ROUNDS, QUICK_LAYER_ROUNDS = 60, 10
SOCKETS, QUICK_SOCKETS = 500, 200
MESSAGES, QUICK_MESSAGES = 300, 100
DELIVERED_WITHIN = 10  # seconds
WARM_UP = 20  # messages that are not counted
LOAD, QUICK_LOAD = Load(300, 200, 5), Load(100, 200, 3)
ECHOES, QUICK_ECHOES = 150, 40

# ``key``: of the measurement, which is in seconds; ``many``: units of the title in one second.
Row = namedtuple("Row", "title key many")
MICRO, MILLI = 1e6, 1e3

ROWS = [
    Row("a message sent and received by the layer alone, µs", ("message", "time"), MICRO),
    Row("… CPU µs", ("message", "cpu"), MICRO),
    Row("a submission of 10 messages sent and taken, CPU µs", ("submission", "cpu"), MICRO),
    Row("a message sent to a group of 1,000, CPU µs", ("group", "cpu"), MICRO),
    Row("a socket comes: the interface server's CPU µs", ("connect", "interface"), MICRO),
    Row("… the workers' CPU µs", ("connect", "workers"), MICRO),
    Row("one message at a time: the interface server's CPU µs for a reader", ("reader", "interface"), MICRO),
    Row("… the workers' CPU µs for a message", ("message", "workers"), MICRO),
    Row("… until all readers have it, p50, ms", ("message", "p50"), MILLI),
    Row("at a steady rate: send to reader, p50, ms", ("steady", "p50"), MILLI),
    Row("an idle frame's echo, p50, ms", ("echo", "p50"), MILLI),
]


class Pythons(object):
    """``run`` measures on each of ``chosen`` (`environments.Environment`) in turn; ``notes``: what failed."""

    def __init__(self, chosen, database, redis_url, folder, is_quick, progress):
        self.chosen, self.database, self.redis_url, self.folder = chosen, database, redis_url, folder
        self.progress = progress
        self.rounds = QUICK_ROUNDS if is_quick else ROUNDS
        self.layer_rounds = QUICK_LAYER_ROUNDS if is_quick else LAYER_ROUNDS
        self.load = QUICK_LOAD if is_quick else LOAD
        self.sockets = QUICK_SOCKETS if is_quick else SOCKETS
        self.messages = QUICK_MESSAGES if is_quick else MESSAGES
        self.echoes = QUICK_ECHOES if is_quick else ECHOES
        self.notes = []
        self.measured = {}  # {(version, row's key): [seconds]}

    def run(self):
        usage.allow_sockets(max(self.sockets, self.load.readers))
        for number in range(self.rounds):
            # In alternating order, so that a machine that slows down affects all of them alike.
            for environment in self.chosen[::-1 if number % 2 else 1]:
                self.progress("Python %s, %d of %d" % (environment.version, number + 1, self.rounds))
                self._measure(environment)
        return self

    def _measure(self, environment):
        """Measures once; a measurement that fails becomes a note, and the others are still made."""
        env = dict(self.database.env, **{PYTHON: environment.python})
        for measure in (self._layer, self._stack, self._echo):
            try:
                for key, seconds in measure(env).items():
                    self.measured.setdefault((environment.version, key), []).append(seconds)
            except Failed as failure:
                self.progress("Python %s: %s" % (environment.version, failure))
                self.notes.append("Python %s was not measured completely: %s" % (environment.version, failure))

    # Each returns {key of a row: seconds}

    def _layer(self, env):
        process = subprocess.Popen(
            [env[PYTHON], "-m", "benchmarks.layer_alone", self.redis_url, "%d" % self.layer_rounds],
            cwd=ROOT, env=under(CHARTROOM, env), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, errors = process.communicate()
        if process.returncode:
            raise Failed("The layer alone: %s" % errors.decode("utf-8", "replace").strip().split("\n")[-1])
        measured = json.loads(output.decode("utf-8"))
        return {(what, kind): measured[what][kind] for what in measured for kind in measured[what]}

    def _stack(self, env):
        stack = Chartroom(self.database, self.redis_url, self.folder)
        stack.env.update(env)
        with stack:
            with stack.crowd("one%s" % stack.room) as crowd:
                measured = self._connects(stack, crowd)
                measured.update(self._one_at_a_time(stack, crowd))
            result = fanout.measure(stack, self.load, self.progress)
        if not result.sent == result.stored == result.acked or result.share < 1:
            raise Failed("Of %d messages %d were stored, and %.2f %% of those delivered." % (
                result.sent, result.stored, 100 * result.share))
        measured["steady", "p50"] = result.p50
        return measured

    def _connects(self, stack, crowd):
        before = by_kind(fanout.cpu_seconds(stack))
        crowd.connect(self.sockets, IN_FLIGHT, CONNECT_WITHIN)
        after = by_kind(fanout.cpu_seconds(stack))
        return {("connect", kind): (after[kind] - before[kind]) / self.sockets for kind in ("interface", "workers")}

    def _one_at_a_time(self, stack, crowd):
        """
        Sends the next message when all sockets have received the last. At a steady rate, messages
        that pile up are stored and written together, so a slower Python would spend less on each.
        """
        for number in range(WARM_UP):
            self._send_to_all(stack, crowd, number)
        before = by_kind(fanout.cpu_seconds(stack))
        taken = [self._send_to_all(stack, crowd, WARM_UP + number) for number in range(self.messages)]
        after = by_kind(fanout.cpu_seconds(stack))
        return {
            ("reader", "interface"): (after["interface"] - before["interface"]) / (self.messages * self.sockets),
            ("message", "workers"): (after["workers"] - before["workers"]) / self.messages,
            ("message", "p50"): percentile(taken, 50),
        }

    def _send_to_all(self, stack, crowd, number):
        """Seconds until each socket has received the message, and its sender the ack."""
        start, wanted = default_timer(), crowd.delivered + self.sockets
        crowd.send(crowd.readers[0], stack.frame([number]))
        while crowd.delivered < wanted or number not in crowd.acked:
            crowd.poll(0.1)
            if default_timer() - start > DELIVERED_WITHIN:
                raise Failed("A message reached %d of %d sockets within %d s." % (
                    crowd.delivered + self.sockets - wanted, self.sockets, DELIVERED_WITHIN))
        return default_timer() - start

    def _echo(self, env):
        return {("echo", "p50"): percentile(idle.echo_by_chartroom(env, self.folder, self.echoes), 50)}

    # The table

    def table(self):
        head = [""] + [environment.version for environment in self.chosen]
        return table(head, [[row.title] + [self._cell(row, environment) for environment in self.chosen] for row in ROWS])

    def _cell(self, row, environment):
        """Median, range, and ratio to the baseline's median: ``61.2 (58.1–66.3) ×0.93``."""
        measured = self.measured.get((environment.version, row.key))
        if not measured:
            return NOT_MEASURED
        text = shown(median(measured) * row.many)
        if len(measured) > 1:
            text += " (%s–%s)" % (shown(min(measured) * row.many), shown(max(measured) * row.many))
        for baseline in filter(environments.is_baseline, self.chosen):
            compared = self.measured.get((baseline.version, row.key))
            if compared:
                text += " " + times(median(measured), median(compared))
        return text

    def described(self):
        """The sockets and the load, and the versions of Twisted and autobahn on each Python."""
        return "%d sockets; at a steady rate %d readers and %d messages/s for %d s. %s" % (
            self.sockets, self.load.readers, self.load.rate, self.load.seconds, "; ".join(
                "%s: Twisted %s, autobahn %s" % (one.version, one.twisted, one.autobahn) for one in self.chosen))


def by_kind(cpu):
    """Sums `fanout.cpu_seconds` to ``{kind of process: CPU seconds}``."""
    seconds = {}
    for (kind, _), value in cpu.items():
        seconds[kind] = seconds.get(kind, 0) + value
    return seconds


def shown(value):
    return "{:,.0f}".format(value) if value >= 100 else "%.3g" % value
