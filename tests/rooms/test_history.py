# coding: utf-8
from __future__ import unicode_literals

import datetime

import django
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chartroom.models import ChatMessage, Room
from chartroom.rooms import history
from tests.room_socket import fill

pytestmark = pytest.mark.django_db


def numbers(wires):
    return [wire["seq"] for wire in wires]


@pytest.fixture
def long_lobby(lobby):
    """Messages 1 to 9, stored alternately with those of another room."""
    fill(lobby, 5)
    fill(Room.objects.create(name="other"), 5)
    fill(lobby, 4)
    return lobby


@pytest.mark.parametrize("sender, guest", [("guest:k1", True), ("user:1", None), ("", True)])
def test_a_guests_message_is_marked(lobby, sender, guest):
    assert history.wire(fill(lobby, 1, sender=sender)[0]).get("guest") is guest


def test_a_message_has_the_public_fields_only(lobby):
    [message] = fill(lobby, 1, sender="guest:secretkey")
    message.data = {"url": "x"}
    wire = history.wire(message)
    assert set(wire) == {"seq", "id", "author", "sender", "guest", "source", "text", "at", "data"}
    assert (wire["seq"], wire["id"], wire["author"], wire["text"]) == (1, "m1", "Ann", "message 1")
    assert len(wire["sender"]) == 12 and "secret" not in repr(wire)


def test_its_time_is_in_utc(lobby):
    fill(lobby, 1)
    lobby.messages.update(at=datetime.datetime(2019, 1, 2, 3, 4, 5, tzinfo=timezone.utc))
    [wire] = history.newest(lobby)
    assert wire["at"] == "2019-01-02T03:04:05.000Z"


@pytest.mark.parametrize("hour, expected", [(2, "2018-10-28T01:30:00.000Z"), (12, "2018-10-28T11:30:00.000Z")])
def test_its_time_is_in_utc_without_use_tz(lobby, settings, hour, expected):
    """Includes the hour that is repeated at the end of daylight saving time."""
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"
    message = ChatMessage(room=lobby, message="x", at=datetime.datetime(2018, 10, 28, hour, 30))
    assert history.wire(message)["at"] == expected


class TestNewest:

    def test_is_the_last_page_oldest_first(self, long_lobby, settings):
        settings.CHARTROOM_PAGE_SIZE = 3
        assert numbers(history.newest(long_lobby)) == [7, 8, 9]

    def test_is_all_of_a_short_room(self, lobby):
        assert history.newest(lobby) == []
        fill(lobby, 2)
        assert numbers(history.newest(lobby)) == [1, 2]


class TestAfter:

    @pytest.mark.parametrize("since, limit, found, complete", [
        (0, 4, [1, 2, 3, 4], False), (4, 4, [5, 6, 7, 8], False), (5, 4, [6, 7, 8, 9], True), (8, 4, [9], True),
        (9, 4, [], True), (2 ** 63 - 1, 4, [], True), (0, 9, list(range(1, 10)), True), (0, 8, list(range(1, 9)), False),
    ])
    def test_returns_the_messages_after_a_number_and_whether_they_are_complete(self, long_lobby, since, limit, found, complete):
        wires, is_complete = history.after(long_lobby.pk, since, limit)
        assert (numbers(wires), is_complete) == (found, complete)

    @pytest.mark.parametrize("limit, count", [(None, 3), (2, 2), (3, 3), (4, 3), (10 ** 9, 3), (0, 1), (-5, 1)])
    def test_is_bounded_by_the_setting(self, long_lobby, settings, limit, count):
        settings.CHARTROOM_CATCH_UP_SIZE = 3
        assert len(history.after(long_lobby.pk, 0, limit)[0]) == count

    @pytest.mark.parametrize("each, found", [(100000, 2), (300000, 1), (1000, 5)])
    def test_is_bounded_by_the_size_of_a_frame(self, lobby, each, found):
        fill(lobby, 5)
        ChatMessage.objects.update(message="x" * each)
        wires, complete = history.after(lobby.pk, 0)
        assert numbers(wires) == list(range(1, found + 1)) and complete is (found == 5)

    def test_a_room_that_does_not_exist_is_empty(self):
        assert history.after(0, 0) == ([], True)


class TestBefore:

    @pytest.mark.parametrize("seq, limit, found, more", [
        (10, 4, [6, 7, 8, 9], True), (6, 4, [2, 3, 4, 5], True), (5, 4, [1, 2, 3, 4], False), (2, 4, [1], False),
        (1, 4, [], False), (0, 4, [], False), (2 ** 63 - 1, 9, list(range(1, 10)), False),
    ])
    def test_returns_the_messages_before_a_number_and_whether_there_are_more(self, long_lobby, seq, limit, found, more):
        wires, is_more = history.before(long_lobby.pk, seq, limit)
        assert (numbers(wires), is_more) == (found, more)

    @pytest.mark.parametrize("limit, count", [(None, 3), (2, 2), (4, 3), (10 ** 9, 3), (0, 1)])
    def test_is_bounded_by_the_setting(self, long_lobby, settings, limit, count):
        settings.CHARTROOM_PAGE_SIZE = 3
        assert len(history.before(long_lobby.pk, 10, limit)[0]) == count


PAGES = pytest.mark.parametrize("page", [
    lambda room: history.newest(room), lambda room: history.after(room.pk, 3), lambda room: history.before(room.pk, 300),
], ids=["newest", "after", "before"])


class TestQueries:

    @PAGES
    @pytest.mark.parametrize("count", [0, 1, 300])
    def test_is_one_whatever_the_length_of_the_room(self, lobby, page, count, django_assert_num_queries):
        fill(lobby, count)
        with django_assert_num_queries(1):
            page(lobby)

    @pytest.mark.skipif(
        connection.vendor != "sqlite" or django.VERSION < (1, 9),
        reason="explains SQLite's query plans; Django 1.8 does not record statements exactly")
    @PAGES
    def test_uses_the_index_and_does_not_sort(self, lobby, page):
        with CaptureQueriesContext(connection) as captured:
            page(lobby)
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + captured.captured_queries[0]["sql"])
            [step] = [line[-1] for line in cursor.fetchall()]
        assert step.startswith("SEARCH") and "USING INDEX" in step and "(room_id=? AND seq" in step
