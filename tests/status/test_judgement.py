from __future__ import unicode_literals

import pytest

from chartroom.status.judgement import CRITICAL, OK, WARNING, Thresholds, judge, level
from tests.status.reports import good


def problems(change, **thresholds):
    """``[(level, code)]`` of the good report after a change."""
    report = good()
    change(report)
    return [(problem.level, problem.code) for problem in judge(report, Thresholds(**thresholds))]


def server(**values):
    return lambda report: report["servers"][0].update(values)


def queue(**values):
    return lambda report: report["channels"][1].update(values)


def database(**values):
    return lambda report: report["database"].update(values)


def worker(**values):
    return lambda report: report["processes"][1].update(values)


def without(kind):
    def remove(report):
        report["processes"] = [process for process in report["processes"] if process["kind"] != kind]
    return remove


def test_all_is_well():
    assert problems(lambda report: None) == [] and level([]) == OK


@pytest.mark.parametrize("change, problem", [
    (server(error="ConnectionError"), (CRITICAL, "redis")),
    (server(latency_ms=201), (WARNING, "redis_latency")),
    (server(maxmemory=1048576 * 2, maxmemory_policy="allkeys-lru"), (WARNING, "redis_policy")),
    (server(maxmemory=1048576), (WARNING, "redis_memory")),
    (database(error="OperationalError"), (CRITICAL, "database")),
    (database(latency_ms=501), (WARNING, "database_latency")),
    (without("interface"), (CRITICAL, "no_interface")),
    (worker(channels=[]), (CRITICAL, "no_worker")),
    (worker(handling="chat-messages", handling_for=61), (WARNING, "handling")),
    (queue(age=10.5, depth=1), (CRITICAL, "queue_age")),
    (queue(depth=1000), (CRITICAL, "queue_full")),
    (queue(depth=800), (WARNING, "queue_depth")),
    (queue(dead_letters=1), (WARNING, "dead_letters")),
])
def test_each_problem(change, problem):
    # No other problem follows from it: without an answer of Redis nothing is known of the processes.
    assert problems(change) == [problem]


@pytest.mark.parametrize("change", [
    server(latency_ms=200), server(maxmemory=1048576 * 2), database(latency_ms=500), worker(handling="chat-messages", handling_for=60),
    queue(age=10, depth=1), queue(depth=799), queue(depth=0, capacity=1),
])
def test_just_below_a_threshold(change):
    assert problems(change) == []


@pytest.mark.parametrize("change, thresholds", [
    (server(latency_ms=20), {"redis_latency": 10}), (database(latency_ms=20), {"database_latency": 10}),
    (queue(age=3, depth=1), {"queue_age": 2}), (queue(depth=5), {"queue_depth": 5}), (queue(depth=100), {"queue_depth": 0.1}),
    (worker(handling="chat-messages", handling_for=6), {"handling": 5}),
])
def test_thresholds(change, thresholds):
    assert problems(change) == [] and len(problems(change, **thresholds)) == 1


def test_without_workers_each_channel_is_named():
    report = good()
    without("worker")(report)
    found = judge(report, Thresholds())
    assert [problem.detail.split(" ")[5] for problem in found] == [
        "chat-messages", "websocket.connect", "websocket.receive", "websocket.disconnect"]


def test_critical_problems_come_first_and_decide():
    def change(report):
        queue(dead_letters=1)(report)
        database(error="OperationalError")(report)
    assert problems(change) == [(CRITICAL, "database"), (WARNING, "dead_letters")]
    report = good()
    queue(dead_letters=1)(report)
    assert level(judge(report, Thresholds())) == WARNING


def test_of_two_servers_one_that_answers_tells_of_the_processes():
    report = good()
    report["servers"].append(dict(report["servers"][0], error="ConnectionError", latency_ms=None))
    without("interface")(report)
    assert [problem.code for problem in judge(report, Thresholds())] == ["redis", "no_interface"]
