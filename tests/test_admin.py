# coding: utf-8
from __future__ import unicode_literals

import django
import pytest
from django.core.urlresolvers import reverse
from django.db import connection
from django.db.models.signals import post_init, pre_save
from django.test.utils import CaptureQueriesContext

from chartroom.admin.rooms import BoundedPaginator
from chartroom.models import ChatMessage, Room
from tests.room_socket import fill

pytestmark = pytest.mark.django_db

MANY = 20000
TABLE = '"chartroom_chatmessage"'


needs_plans = pytest.mark.skipif(
    connection.vendor != "sqlite" or django.VERSION < (1, 9),
    reason="explains SQLite's query plans; Django 1.8 does not record statements exactly")


@pytest.fixture
def many(lobby):
    """`MANY` messages in the lobby, all with the same time in 2019."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chartroom_chatmessage (room_id, seq, message, author, source, sender, client_id, at, data_json) "
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s) "
            "SELECT %s, n, 'message ' || n, 'Ann', 'socket', 'user:1', 'm' || n, '2019-06-01 12:00:00', '' FROM numbers",
            [MANY, lobby.pk])
    return lobby


def url_of(page, *args):
    return reverse("admin:chartroom_%s" % page, args=args)


def queries_of(client, url, query=None):
    """Get a page; return the response and its queries of the messages."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url, query or {})
    assert response.status_code == 200
    return response, [query["sql"] for query in captured.captured_queries if TABLE in query["sql"]]


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql)
        return [line[-1] for line in cursor.fetchall()]


PAGES = pytest.mark.parametrize("query", [
    {}, {"p": 1}, {"p": 99}, {"q": "message"}, {"q": "message 777"}, {"q": "nothing"}, {"q": "lobby"}, {"q": "Ann"},
    {"at__gte": "2019-01-01", "at__lt": "2020-01-01"}, {"at__gte": "2020-01-01", "q": "message"}, {"o": "-6"},
], ids=str)


class TestManyMessages:

    @PAGES
    def test_are_never_all_counted(self, admin_client, many, query):
        response, queries = queries_of(admin_client, url_of("chatmessage_changelist"), query)
        assert all("LIMIT 5000" in sql for sql in queries if "COUNT(" in sql)
        assert not [sql for sql in queries if "DISTINCT" in sql]
        assert len(queries) <= 2 and len(response.context["cl"].result_list) <= 50

    @needs_plans
    @pytest.mark.parametrize("query", [{}, {"p": 99}], ids=str)
    def test_are_listed_without_sorting(self, admin_client, many, query):
        response, queries = queries_of(admin_client, url_of("chatmessage_changelist"), query)
        assert not [step for sql in queries for step in plan_of(sql) if "TEMP B-TREE" in step]

    @needs_plans
    def test_of_a_day_are_found_by_the_index_on_time(self, admin_client, many):
        response, queries = queries_of(
            admin_client, url_of("chatmessage_changelist"), {"at__gte": "2019-05-01", "at__lt": "2019-05-02"})
        assert queries and all("(at>? AND at<?)" in " ".join(plan_of(sql)) for sql in queries)

    def test_are_listed_newest_first(self, admin_client, many):
        response, queries = queries_of(admin_client, url_of("chatmessage_changelist"))
        assert [message.seq for message in response.context["cl"].result_list] == list(range(MANY, MANY - 50, -1))

    def test_have_as_many_pages_as_are_counted(self, admin_client, many):
        assert BoundedPaginator(ChatMessage.objects.order_by("-pk"), 50).num_pages == 100
        response, queries = queries_of(admin_client, url_of("chatmessage_changelist"), {"p": 99})
        assert [message.seq for message in response.context["cl"].result_list][-1] == MANY - 4999

    @pytest.mark.parametrize("wanted, found", [
        ("message 777", 38), ("MESSAGE 19999", 1), ("m19999", 1), ("ann nothing", 0), ("lobby 19999", 1), ("lob", 0),
    ])
    def test_are_found_by_text_author_room_and_id(self, admin_client, many, wanted, found):
        response, queries = queries_of(admin_client, url_of("chatmessage_changelist"), {"q": wanted})
        assert response.context["cl"].result_count == found

    def test_do_not_slow_down_their_room(self, admin_client, many):
        for page in (url_of("room_changelist"), url_of("room_change", many.pk)):
            assert queries_of(admin_client, page)[1] == []


class TestAMessage:

    def test_is_read_only(self, admin_client, lobby):
        [message] = fill(lobby, 1)
        stored = ChatMessage.objects.get()
        url = url_of("chatmessage_change", stored.pk)
        assert b"message 1" in admin_client.get(url).content
        admin_client.post(url, {"message": "changed", "seq": "7", "author": "Eve"})
        assert ChatMessage.objects.values().get() == dict(
            ChatMessage.objects.values().get(), message="message 1", seq=1, author="Ann")

    def test_can_not_be_added(self, admin_client):
        assert admin_client.get(url_of("chatmessage_add")).status_code == 403

    @pytest.mark.parametrize("kind", ["chatmessage", "room"])
    def test_can_not_be_deleted_nor_can_its_room(self, admin_client, lobby, kind):
        fill(lobby, 1)
        for row in (ChatMessage if kind == "chatmessage" else Room).objects.all():
            assert admin_client.post(url_of("%s_delete" % kind, row.pk), {"post": "yes"}).status_code == 403
            admin_client.post(url_of("%s_changelist" % kind), {
                "action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
        assert b"delete_selected" not in admin_client.get(url_of("%s_changelist" % kind)).content
        assert ChatMessage.objects.count() == Room.objects.count() == 1

    def test_can_have_its_text_removed_and_keeps_its_number(self, admin_client, lobby):
        fill(lobby, 3)
        second = ChatMessage.objects.get(seq=2)
        response = admin_client.post(url_of("chatmessage_changelist"), {
            "action": "remove_text", "_selected_action": second.pk}, follow=True)
        assert "The text of 1 messages was removed." in response.content.decode("utf-8")
        assert [(row.seq, row.message, row.data) for row in ChatMessage.objects.order_by("seq")] == [
            (1, "message 1", None), (2, "", {"removed": True}), (3, "message 3", None)]

    def test_saving_its_form_does_not_restore_a_text_that_was_removed_meanwhile(self, admin_client, lobby):
        fill(lobby, 1)
        stored = ChatMessage.objects.get()

        def remove(sender, **kwargs):
            post_init.disconnect(remove, sender=ChatMessage)
            ChatMessage.objects.update(message="")
        post_init.connect(remove, sender=ChatMessage)
        assert admin_client.post(url_of("chatmessage_change", stored.pk)).status_code == 302
        stored.refresh_from_db()
        assert stored.message == ""

    def test_can_have_its_text_removed_in_a_search_by_room(self, admin_client, lobby):
        fill(lobby, 2)
        rows = ChatMessage.objects.values_list("pk", flat=True)
        admin_client.post(url_of("chatmessage_changelist") + "?q=lobby", {
            "action": "remove_text", "_selected_action": list(rows), "select_across": "1"})
        assert {row.message for row in ChatMessage.objects.all()} == {""}


class TestRooms:

    def test_can_be_added(self, admin_client):
        admin_client.post(url_of("room_add"), {"namespace": "chat", "name": "聊天室"})
        assert Room.objects.get().name == "聊天室"

    @pytest.mark.parametrize("name", ["a b", "x" * 65, "lobby", ""], ids=lambda name: name[:5])
    def test_have_valid_and_unique_names(self, admin_client, lobby, name):
        response = admin_client.post(url_of("room_add"), {"namespace": "chat", "name": name})
        assert response.status_code == 200 and Room.objects.count() == 1

    def test_are_found_by_the_beginning_of_their_name(self, admin_client):
        for name in ("lobby", "lounge", "hall"):
            Room.objects.create(name=name)
        response = admin_client.get(url_of("room_changelist"), {"q": "lo"})
        assert [room.name for room in response.context["cl"].result_list] == ["lounge", "lobby"]

    def test_keep_the_last_number(self, admin_client, lobby):
        fill(lobby, 3)
        admin_client.post(url_of("room_change", lobby.pk), {"namespace": "chat", "name": "hall", "last_seq": "0"})
        lobby.refresh_from_db()
        assert (lobby.name, lobby.last_seq) == ("hall", 3)


@pytest.mark.parametrize("page", ["chatmessage_changelist", "room_changelist"])
def test_a_visitor_must_log_in(client, page):
    assert client.get(url_of(page)).status_code == 302


def test_saving_a_room_does_not_revert_changes_made_meanwhile(admin_client, lobby):
    def store_one(sender, instance, **kwargs):
        pre_save.disconnect(store_one, sender=Room)
        fill(Room.objects.get(pk=instance.pk), 1)
    pre_save.connect(store_one, sender=Room)
    response = admin_client.post(url_of("room_change", lobby.pk), {"namespace": "chat", "name": "renamed"})
    assert response.status_code == 302
    lobby.refresh_from_db()
    assert (lobby.name, lobby.last_seq) == ("renamed", 1)
    fill(lobby, 1)
