# coding: utf-8
"""What is wrong with a deployment, for a monitor: a pure function of a report and of thresholds."""
from __future__ import unicode_literals

from collections import namedtuple

from chartroom.rooms import submissions
from chartroom.status.report import SOCKET_CHANNELS

OK, WARNING, CRITICAL = 0, 1, 2  # the exit status

LEVELS = {OK: "ok", WARNING: "warning", CRITICAL: "critical"}

# Evicting keys, Redis would lose queues and groups.
NO_EVICTION = "noeviction"
MEMORY_WARNING = 0.9  # of maxmemory

Problem = namedtuple("Problem", "level code detail")


class Thresholds(object):
    """
    ``queue_age``: seconds that the oldest entry may wait; ``queue_depth``: the part of a queue's capacity
    (a number from 0 to 1), or the number of entries (a whole number) that may wait; ``handling``: seconds
    that a worker may take for a message; ``redis_latency`` and ``database_latency``: milliseconds.
    """

    def __init__(self, queue_age=10, queue_depth=0.8, handling=60, redis_latency=200, database_latency=500):
        self.queue_age = queue_age
        self.queue_depth = queue_depth
        self.handling = handling
        self.redis_latency = redis_latency
        self.database_latency = database_latency

    def most_entries(self, capacity):
        return self.queue_depth * capacity if isinstance(self.queue_depth, float) else self.queue_depth


def level(problems):
    return max([problem.level for problem in problems] or [OK])


def judge(report, thresholds):
    """A list of `Problem`, the critical ones first."""
    problems = []
    for judged in (_servers, _database, _processes, _channels):
        problems += judged(report, thresholds)
    return sorted(problems, key=lambda problem: -problem.level)


def _servers(report, thresholds):
    for server in report["servers"]:
        address = server["address"]
        if server["error"]:
            yield Problem(CRITICAL, "redis", "Redis %s does not answer: %s" % (address, server["error"]))
            continue
        if server["latency_ms"] > thresholds.redis_latency:
            yield Problem(WARNING, "redis_latency", "Redis %s took %s ms to answer" % (address, server["latency_ms"]))
        if server["maxmemory"]:
            if server["maxmemory_policy"] != NO_EVICTION:
                yield Problem(WARNING, "redis_policy", "Redis %s may delete queues and groups: its maxmemory-policy is %s, not %s" % (
                    address, server["maxmemory_policy"], NO_EVICTION))
            if server["used_memory"] > MEMORY_WARNING * server["maxmemory"]:
                yield Problem(WARNING, "redis_memory", "Redis %s uses %d%% of its maxmemory" % (
                    address, 100 * server["used_memory"] // server["maxmemory"]))


def _database(report, thresholds):
    database = report["database"]
    if database["error"]:
        yield Problem(CRITICAL, "database", "the database does not answer: %s" % database["error"])
    elif database["latency_ms"] > thresholds.database_latency:
        yield Problem(WARNING, "database_latency", "the database took %s ms to answer" % database["latency_ms"])


def _processes(report, thresholds):
    if all(server["error"] for server in report["servers"]):
        return  # Where no server answers, nothing is known of the processes.
    if not any(process["kind"] == "interface" for process in report["processes"]):
        yield Problem(CRITICAL, "no_interface", "no interface server (rundaphne) is alive")
    received = {channel for process in report["processes"] for channel in process.get("channels", ())}
    for channel in (submissions.CHANNEL,) + SOCKET_CHANNELS:
        if channel not in received:
            yield Problem(CRITICAL, "no_worker", "no worker that receives from %s is alive" % channel)
    for process in report["processes"]:
        if (process.get("handling_for") or 0) > thresholds.handling:
            yield Problem(WARNING, "handling", "the worker %s has been handling a message of %s for %d s" % (
                process["name"], process["handling"], process["handling_for"]))


def _channels(report, thresholds):
    for channel in report["channels"]:
        name, depth, age = channel["name"], channel["depth"], channel["age"]
        if age is not None and age > thresholds.queue_age:
            yield Problem(CRITICAL, "queue_age", "the oldest entry of %s has waited for %d s" % (name, age))
        if depth >= channel["capacity"]:
            yield Problem(CRITICAL, "queue_full", "%s is full: %d entries" % (name, depth))
        elif depth and depth >= thresholds.most_entries(channel["capacity"]):
            yield Problem(WARNING, "queue_depth", "%d entries of at most %d wait in %s" % (depth, channel["capacity"], name))
        if channel["dead_letters"]:
            yield Problem(WARNING, "dead_letters", "%s has %d dead letters: see manage.py deadletters" % (name, channel["dead_letters"]))
