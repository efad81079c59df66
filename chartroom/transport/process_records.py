# coding: utf-8
"""
What each interface server and worker reports about itself in Redis, for `chartroom.transport.status`.

A record is JSON under a key of its process, which expires unless the process
renews it. So a process that was killed disappears by itself. The records say
nothing about entries or sockets: what depends on a dead process is decided by
the heartbeats in `durable` and `interfaces`.
"""
from __future__ import unicode_literals

import json
import os
import socket
import time

from monotonic import monotonic

from chartroom.transport import VERSION, options

# Parts of keys; no channel name contains a "#".
NAMES = "#processes#"
RECORD = "#process#"

INTERFACE, WORKER = "interface", "worker"

FORGOTTEN_AFTER = 86400  # seconds after which the name of a process that has ended is removed

_started = monotonic()


def lifetime():
    """Seconds without a renewal after which a record expires."""
    return 3 * options.HEARTBEAT_INTERVAL


class ProcessRecords(object):
    """The records of all processes that share a layer. Each of its servers has all of them."""

    def __init__(self, layer):
        self.layer = layer

    def key(self, name):
        return self.layer.prefix + RECORD + name

    def commands(self, name, kind, **facts):
        """
        The Redis commands (tuples of words) that write this process's record. ``name``: text, unique
        among all processes; ``kind``: `INTERFACE` or `WORKER`; ``facts``: values for JSON.
        """
        record = dict(
            facts, kind=kind, host=socket.gethostname(), pid=os.getpid(), version=VERSION,
            # The clocks of two hosts may differ, so no time of day is in a record.
            uptime=round(monotonic() - _started, 1))
        now = int(time.time())
        names = self.layer.prefix + NAMES
        return [
            ("SETEX", self.key(name), lifetime(), json.dumps(record, sort_keys=True)),
            ("ZADD", names, now, name),
            ("ZREMRANGEBYSCORE", names, "-inf", now - FORGOTTEN_AFTER),
        ]

    def write(self, name, kind, **facts):
        """Runs `commands` on each server; raises ``redis.RedisError``."""
        for index in range(self.layer.ring_size):
            run(self.layer.connection(index), self.commands(name, kind, **facts))

    def remove(self, name):
        """For a process that ends; raises ``redis.RedisError``."""
        for index in range(self.layer.ring_size):
            run(self.layer.connection(index), [("DEL", self.key(name)), ("ZREM", self.layer.prefix + NAMES, name)])

    def read(self, connection):
        """
        ``{name: record}`` of the processes that are alive, on one server: two round trips. A record
        also has ``heartbeat_age``: seconds since it was written. Raises ``redis.RedisError``.
        """
        names = [name.decode("utf-8") for name in run(connection, [("ZRANGE", self.layer.prefix + NAMES, 0, -1)])[0]]
        answers = run(connection, [(word, self.key(name)) for name in names for word in ("GET", "PTTL")])
        records = {}
        for name, raw, left in zip(names, answers[::2], answers[1::2]):
            if raw is not None and left > 0:
                records[name] = dict(json.loads(raw.decode("utf-8")), heartbeat_age=max(0, round(lifetime() - left / 1000.0, 1)))
        return records


def run(connection, commands):
    """The answers to ``commands``, in one round trip. By name, because the methods of redis-py's clients differ in argument order."""
    pipeline = connection.pipeline(transaction=False)
    for words in commands:
        pipeline.execute_command(str(words[0]), *words[1:])
    return pipeline.execute() if commands else []
