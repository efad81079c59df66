# coding: utf-8
from __future__ import unicode_literals

import datetime
import threading

import pytest
import redis
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.utils import timezone

from chartroom.models import ChatMessage
from chartroom.status import report


class Status(object):

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self, channels):
        self.channels = channels
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def on(layer, monkeypatch):
    """``on(answers)``: a layer whose status has these answers. The tests' database belongs to their own thread."""
    monkeypatch.setattr(report, "read_database", lambda: {"error": None})

    def use(*answers):
        status = Status(*answers)
        monkeypatch.setattr(channel_layers[DEFAULT_CHANNEL_LAYER].channel_layer, "status", status, raising=False)
        return status
    return use


def add(room, **ago):
    seq = ChatMessage.objects.count() + 1
    ChatMessage.objects.create(
        room=room, seq=seq, message="x", source="socket", client_id="%d" % seq, at=timezone.now() - datetime.timedelta(**ago))


def test_a_report_has_the_layers_status_and_the_database(on):
    status = on({"servers": []})
    found = report.read()
    assert found["servers"] == [] and found["database"]["error"] is None
    assert {"chat-messages", "chartroom-tail", "websocket.connect", "websocket.recheck", "http.request"} <= set(status.channels)


def test_a_server_that_stops_answering_in_between_is_asked_again(on):
    on(redis.ConnectionError(), {"servers": ["again"]})
    assert report.read()["servers"] == ["again"]


def test_a_database_that_hangs(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(report, "read_database", lambda: released.wait(20))
    found = report.read_database_within(0.1)
    released.set()
    assert found == {"error": "it has not answered within 0.1 s", "latency_ms": None, "last_minute": None, "last_hour": None}


def test_other_layers_have_no_status(layer):
    with pytest.raises(report.NoStatus) as raised:
        report.read()
    assert "chartroom.transport.layers" in "%s" % raised.value


def test_messages_of_the_last_minute_and_hour(lobby):
    for seconds in (1, 50, 70, 3500, 3700):
        add(lobby, seconds=seconds)
    found = report.read_database()
    assert (found["last_minute"], found["last_hour"]) == (2, 4) and found["latency_ms"] > 0


def test_no_more_than_a_bounded_number_is_counted(lobby, monkeypatch):
    monkeypatch.setattr(report, "MOST_COUNTED", 3)
    for _ in range(5):
        add(lobby, seconds=1)
    assert report.read_database()["last_minute"] == 3


def test_messages_are_found_by_an_index(db):
    sql, params = report.recent(hours=1).query.sql_with_params()
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql, params)
        plan = "%r" % (cursor.fetchall(),)
    assert "USING" in plan and "INDEX" in plan and "at>?" in plan


def test_a_database_that_does_not_answer(db, monkeypatch):
    connection = connections[DEFAULT_DB_ALIAS]
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "geheim-é")

    def fail(*args):
        raise OperationalError("could not connect with password=geheim-é")
    monkeypatch.setattr(report, "ask", fail)
    assert report.read_database() == {
        "error": "OperationalError: could not connect with password=***", "latency_ms": None, "last_minute": None, "last_hour": None}
