"""Connections a second, and the interface server's memory for each idle socket."""
from __future__ import unicode_literals

from collections import namedtuple
from timeit import default_timer

from benchmarks import usage
from benchmarks.stacks import CONNECT_WITHIN, IN_FLIGHT

SETTLE = 3  # seconds before the memory is read

Result = namedtuple("Result", "rate bytes")


def measure(stack, count, progress):
    """Connects ``count`` sockets to one empty room, each until it has received its welcome, and keeps them open."""
    pid = stack.running["interface"].popen.pid
    before = usage.memory(pid)
    with stack.crowd() as crowd:
        rate = count / crowd.connect(count, IN_FLIGHT, CONNECT_WITHIN)
        until = default_timer() + SETTLE
        while default_timer() < until:
            crowd.poll(0.1)
        each = (usage.memory(pid) - before) / float(count)
        lost = crowd.gone
    progress("%s: %d connects/s, %.1f KB for each of %d idle sockets%s" % (
        stack.name, rate, each / 1024, count, "; %d were closed" % lost if lost else ""))
    return Result(rate, each)
