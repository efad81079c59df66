# coding: utf-8
from __future__ import unicode_literals

import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.query import QuerySet
from django.test.utils import CaptureQueriesContext

from chartroom.errors import Refused
from chartroom.models import ChatMessage, Room
from chartroom.rooms.store import find_room, open_room, own_room, store
from tests.room_socket import Socket, fill

pytestmark = pytest.mark.django_db


def row(room, id, text="hello", sender="user:1", source="socket"):
    return ChatMessage(room=room, source=source, sender=sender, author="Ann", client_id=id, message=text)


def statements_of(function, *args):
    """The first words of the statements, without the test's savepoints. Django 1.8 prefixes them with `QUERY = '…`."""
    with CaptureQueriesContext(connection) as captured:
        function(*args)
    words = [re.search("[A-Z]{6,}", query["sql"].replace("QUERY", "")).group() for query in captured.captured_queries]
    return [word for word in words if word not in ("SAVEPOINT", "RELEASE")]


class TestNumbers:

    def test_are_gapless_from_one(self, lobby):
        store([row(lobby, "a"), row(lobby, "b")])
        store([row(lobby, "c")])
        assert list(lobby.messages.order_by("seq").values_list("seq", "client_id")) == [(1, "a"), (2, "b"), (3, "c")]

    def test_are_counted_per_room(self, lobby):
        other = Room.objects.create(name="other")
        outcomes = store([row(lobby, "a"), row(other, "b"), row(lobby, "c"), row(other, "d")])
        assert [outcome.message.seq for outcome in outcomes] == [1, 1, 2, 2]

    def test_the_room_has_its_last_one(self, lobby):
        [outcome] = store([row(lobby, "a")])
        lobby.refresh_from_db()
        assert (lobby.last_seq, lobby.last_at) == (1, outcome.message.at)

    def test_a_retry_uses_none(self, lobby):
        store([row(lobby, "a")])
        store([row(lobby, "a")])
        lobby.refresh_from_db()
        assert lobby.last_seq == 1

    def test_a_failed_batch_uses_none(self, lobby):
        class Interrupted(Exception):
            pass
        with pytest.raises(Interrupted), transaction.atomic():
            store([row(lobby, "a")])
            raise Interrupted()
        assert [outcome.message.seq for outcome in store([row(lobby, "b")])] == [1]


class TestRetries:

    def test_keep_row_and_number(self, lobby):
        [first] = store([row(lobby, "a")])
        again, new = store([row(lobby, "a"), row(lobby, "b")])
        assert (again.message.seq, again.fresh, again.error) == (1, False, None)
        assert again.message.pk == ChatMessage.objects.get(client_id="a").pk
        assert (new.message.seq, new.fresh) == (2, True)

    def test_within_one_batch(self, lobby):
        first, again = store([row(lobby, "a"), row(lobby, "a")])
        assert first.fresh and not again.fresh and again.message.seq == 1
        assert ChatMessage.objects.count() == 1

    def test_with_another_text_are_refused_and_change_nothing(self, lobby):
        store([row(lobby, "a", "one")])
        [outcome] = store([row(lobby, "a", "two")])
        assert (outcome.error.code, outcome.error.ids, outcome.fresh) == ("id_reused", ["a"], False)
        assert ChatMessage.objects.get().message == "one"

    def test_of_a_text_that_was_removed_keep_the_number_too(self, lobby):
        store([row(lobby, "a", "bad words")])
        ChatMessage.objects.update(message="", data_json='{"removed": true}')
        [outcome] = store([row(lobby, "a", "bad words")])
        assert (outcome.error, outcome.fresh, outcome.message.seq) == (None, False, 1)

    @pytest.mark.parametrize("other", [{"sender": "user:2"}, {"sender": ""}, {"source": "feed"}])
    def test_of_another_sender_or_source_are_new_messages(self, lobby, other):
        outcomes = store([row(lobby, "a"), row(lobby, "a", **other)])
        assert [outcome.fresh for outcome in outcomes] == [True, True]


class TestStatements:

    def test_the_first_acquires_the_write_lock(self, lobby):
        assert statements_of(store, [row(lobby, "a")]) == ["UPDATE", "SELECT", "SELECT", "INSERT", "UPDATE"]

    def test_do_not_increase_with_the_messages(self, lobby):
        few = statements_of(store, [row(lobby, "few%d" % number) for number in range(2)])
        many = statements_of(store, [row(lobby, "many%d" % number) for number in range(50)])
        assert len(few) == len(many)

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
    def test_known_ids_are_found_by_the_index(self, lobby):
        fill(lobby, 50)
        with connection.cursor() as cursor:
            sql, params = ChatMessage.objects.filter(
                room_id__in=[lobby.pk], client_id__in=["m1", "m2"]).query.sql_with_params()
            cursor.execute("EXPLAIN QUERY PLAN " + sql, params)
            plan = " ".join(str(line[-1]) for line in cursor.fetchall())
        assert "SEARCH" in plan and "room_id=? AND client_id=?" in plan and "SCAN" not in plan

    def test_messages_of_a_deleted_room_are_refused_and_no_others(self, lobby):
        deleted = Room.objects.create(name="deleted")
        deleted_id = deleted.pk
        deleted.delete()
        lost = ChatMessage(room_id=deleted_id, source="socket", client_id="a", message="x")
        refused, stored = store([lost, row(lobby, "b")])
        assert (refused.error.code, stored.message.seq) == ("forbidden", 1)


class TestOpenRoom:

    def test_creates_it_once(self):
        assert open_room("chat", "聊天室") == open_room("chat", "聊天室")
        assert Room.objects.count() == 1

    def test_namespaces_are_separate(self):
        assert open_room("chat", "web") != open_room("deploy", "web")

    def test_returns_only_existing_ones_if_rooms_are_not_open(self, lobby, settings):
        settings.CHARTROOM_OPEN_ROOMS = False
        assert open_room("chat", "lobby") == lobby
        with pytest.raises(Refused) as refused:
            open_room("chat", "other")
        assert refused.value.close_code == 4404


def test_two_first_visitors_get_one_room(monkeypatch):
    """The other visitor creates it between this one's query and insert."""
    named = Room.objects.named

    def named_concurrently(namespace, name):
        room = named(namespace, name)
        if room is None:
            Room.objects.create(namespace=namespace, name=name)
        return room
    monkeypatch.setattr(Room.objects, "named", named_concurrently)

    assert open_room("chat", "new") == named("chat", "new")
    assert Room.objects.count() == 1


class TestWithACollationThatFindsOtherNames:
    """As on MySQL with its default collation; here with SQLite's NOCASE. The permission function knows one of the names."""

    @pytest.fixture(autouse=True)
    def staff_board(self, monkeypatch):
        if connection.vendor != "sqlite":
            pytest.skip("columns of other databases are changed by migrations only")
        filter = QuerySet.filter

        def filter_without_case(query_set, *args, **kwargs):
            if query_set.model is Room:
                kwargs = {key + "__iexact" if key in ("name", "namespace") else key: value for key, value in kwargs.items()}
            return filter(query_set, *args, **kwargs)
        monkeypatch.setattr(QuerySet, "filter", filter_without_case)
        with connection.cursor() as cursor:
            cursor.execute("CREATE UNIQUE INDEX without_case ON chartroom_room (namespace COLLATE NOCASE, name COLLATE NOCASE)")
        return Room.objects.create(namespace="chat", name="staff-board")

    def test_a_room_is_found_by_its_own_name_only(self, staff_board):
        assert Room.objects.filter(namespace="chat", name="STAFF-board").exists()
        assert Room.objects.named("chat", "STAFF-board") is None is find_room("chat", "STAFF-board")
        assert Room.objects.named("CHAT", "staff-board") is None
        assert Room.objects.named("chat", "staff-board") == find_room("chat", "staff-board") == staff_board

    @pytest.mark.parametrize("make", [open_room, own_room])
    def test_no_message_gets_into_the_other_room(self, make, staff_board):
        assert make("chat", "staff-board") == staff_board
        with pytest.raises(IntegrityError):
            make("chat", "STAFF-board")

    def test_a_guest_is_not_let_in(self, layer, staff_board, settings):
        settings.CHARTROOM_PERMISSION = "tests.rooms.test_store.nobody_in_staff_board"
        fill(staff_board, 1)
        assert Socket(layer, "/chat/staff-board/").connect().close_code == 4403
        stranger = Socket(layer, "/chat/STAFF-board/").connect()
        assert (stranger.frames[0]["epoch"], stranger.frames[0]["messages"]) == (0, [])
        stranger.send({"type": "send", "messages": [{"id": "a", "text": "let me in"}]})
        assert stranger.frames_of("error")[0]["code"] == "server_error"
        stranger.send({"type": "catch_up", "since": 0})
        assert stranger.frames_of("catch_up")[0]["messages"] == []
        assert staff_board.messages.count() == 1


def nobody_in_staff_board(identity, namespace, name, action):
    return name != "staff-board"
