"""Cost of a message to a large group for the process that sends it: round trips to Redis, and time."""
from __future__ import unicode_literals

from collections import namedtuple
from contextlib import contextmanager
from timeit import default_timer

import redis
from channels import DEFAULT_CHANNEL_LAYER
from channels.asgi import channel_layers

from benchmarks.figures import median
from benchmarks.pipeline import STOCK, TEXT

PROCESS = "daphne.response.bench%d!"
GROUP = "benchmark"
REPEATED = 20
ALIASES = {"chartroom": DEFAULT_CHANNEL_LAYER, "stock": STOCK}

Result = namedtuple("Result", "round_trips seconds")


def measure(name, redis_url, members, processes, progress):
    """
    Sends to a group with ``members`` sockets on ``processes`` interface processes. No such
    processes run, so their queues are deleted after each message.
    """
    server = redis.Redis.from_url(redis_url)
    server.flushall()
    layer = channel_layers[ALIASES[name]].channel_layer
    for number in range(members):
        layer.group_add(GROUP, (PROCESS + "r%d") % (number % processes, number))

    taken, trips = [], []
    for number in range(REPEATED + 1):
        with round_trips() as counted:
            start = default_timer()
            layer.send_group(GROUP, {"text": TEXT % number})
            seconds = default_timer() - start
        # The first one connects and fills caches, so it is not counted.
        if number:
            taken.append(seconds)
            trips.append(len(counted))
        server.delete(*[layer.prefix + PROCESS % process for process in range(processes)])
    server.flushall()
    progress("%s, a message to a group of %d on %d interface processes: %d round trips, %.1f ms" % (
        name, members, processes, median(trips), median(taken) * 1000))
    return Result(median(trips), median(taken))


@contextmanager
def round_trips():
    """A list that grows by one each time redis-py sends: a command, a script call, or a whole pipeline."""
    counted = []
    original = redis.connection.Connection.send_packed_command

    def send(connection, command):
        counted.append(1)
        return original(connection, command)

    redis.connection.Connection.send_packed_command = send
    try:
        yield counted
    finally:
        redis.connection.Connection.send_packed_command = original
