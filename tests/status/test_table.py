from __future__ import unicode_literals

from chartroom.status import table
from chartroom.status.judgement import Thresholds, judge
from tests.status.reports import good


def lines(report):
    return table.render(report, judge(report, Thresholds())).split("\n")


def row(report, *words):
    """The columns of the line that begins with these words."""
    [line] = [line for line in lines(report) if line.split()[:len(words)] == list(words)]
    return line.split()


def test_all_is_well():
    report = good()
    assert lines(report)[0] == "OK"
    assert row(report, "127.0.0.1:6379/0") == ["127.0.0.1:6379/0", "0.1", "5.0.6", "1.0", "no", "limit", "noeviction"]
    assert row(report, "interface") == ["interface", "example", "6", "0.1.0", "3", "1.5", "17", "-", "-"]
    assert row(report, "chat-messages") == ["chat-messages", "(durable)", "0", "1000", "-", "0", "0"]
    assert row(report, "refused_count") == ["refused_count", "2"]
    assert "0.3 4 90".split() in [line.split() for line in lines(report)]


def test_columns_stand_below_their_heads():
    assert table.columns(["a", "long head"], [["value", None], ["x", 1]]) == ["  a      long head", "  value  -", "  x      1"]
    assert table.columns(["a"], []) == []


def test_problems_come_first():
    report = good()
    report["database"] = {"error": "OperationalError: gone", "latency_ms": None, "last_minute": None, "last_hour": None}
    assert lines(report)[:2] == ["CRITICAL", "  critical: the database does not answer: OperationalError: gone"]


def test_a_server_that_does_not_answer():
    report = good()
    report["servers"][0] = dict.fromkeys(report["servers"][0], None)
    report["servers"][0].update(address="127.0.0.1:6379/0", error="ConnectionError: refused")
    assert row(report, "127.0.0.1:6379/0") == ["127.0.0.1:6379/0", "does", "not", "answer", "-", "-", "-", "-"]


def test_a_worker_and_what_it_has_in_flight():
    report = good()
    report["in_flight"] = [
        {"worker": "pipeline", "channel": "chat-messages", "entries": 3}, {"worker": "ended", "channel": "chat-messages", "entries": 1}]
    report["processes"][1].update(handling="chat-messages", handling_for=12.4)
    assert row(report, "pipeline") == ["pipeline", "chat-messages", "3", "12.4"]
    assert row(report, "ended") == ["ended", "chat-messages", "1", "-"]
    assert row(report, "worker", "example", "7", "0.1.0", "3", "1.5", "-", "chat-messages", "for") == (
        "worker example 7 0.1.0 3 1.5 - chat-messages for 12 s chat-messages".split())
