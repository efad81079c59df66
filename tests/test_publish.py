# coding: utf-8
from __future__ import unicode_literals

import logging

import pytest
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.test.utils import CaptureQueriesContext
from django.utils.translation import ugettext_lazy

from chartroom import publish as module
from chartroom.errors import NotPublished
from chartroom.models import ChatMessage, Room
from chartroom.publish import publish, publish_on_save
from chartroom.rooms import broadcast
from tests.room_socket import Socket, run_worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader(layer):
    """A socket in the lobby."""
    return Socket(layer, "/chat/lobby/").connect()


def texts_of(reader):
    return [wire["text"] for frame in reader.frames_of("messages") for wire in frame["messages"]]


def code_of(*args, **kwargs):
    """Return the code of the refusal, and check that nothing is stored."""
    before = ChatMessage.objects.count()
    with pytest.raises(NotPublished) as caught:
        publish(*args, **kwargs)
    assert ChatMessage.objects.count() == before and caught.value.code in str(caught.value)
    return caught.value.code


class TestStored:

    def test_with_its_number_and_broadcast_to_the_room(self, reader):
        assert publish("lobby", "hello", id="a") == ("a", 1)
        assert publish("lobby", " again ") .seq == 2
        assert texts_of(reader) == ["hello", "again"]

    def test_with_its_source_author_sender_and_data(self, reader):
        publish("lobby", "发布", id="a", source="deploy", data={"ok": [1, None]}, author="ci", sender="hook:1")
        [frame] = reader.frames_of("messages")
        [wire] = frame["messages"]
        assert (wire["text"], wire["source"], wire["author"], wire["data"]) == ("发布", "deploy", "ci", {"ok": [1, None]})
        assert ChatMessage.objects.get().sender == "hook:1"

    def test_a_missing_room_is_created_even_if_rooms_are_not_open(self, layer, settings):
        settings.CHARTROOM_OPEN_ROOMS = False
        publish("api", "deployed", namespace="deploy")
        assert Room.objects.get().last_seq == 1 and "%s" % Room.objects.get() == "deploy/api"

    def test_the_room_may_be_an_instance(self, layer, lobby):
        publish(lobby, "hello")
        lobby.refresh_from_db()
        assert lobby.last_seq == 1

    def test_a_retry_is_stored_once_and_returns_the_same(self, reader):
        assert publish("lobby", "hello", id="a") == publish("lobby", "hello", id="a") == ("a", 1)
        assert texts_of(reader) == ["hello"]

    def test_the_same_id_of_another_source_is_another_message(self, layer):
        assert publish("lobby", "hello", id="a").seq == 1
        assert publish("lobby", "other", id="a", source="timer").seq == 2

    def test_byte_strings_and_translations_are_converted_to_text(self, layer):
        publish(b"lobby", "聊天".encode("utf-8"), id=b"a", namespace=b"chat")
        publish("lobby", ugettext_lazy("Today"))
        assert list(ChatMessage.objects.order_by("seq").values_list("message", flat=True)) == ["聊天", "Today"]


class TestTransaction:

    def test_nothing_is_broadcast_before_the_commit(self, reader):
        with transaction.atomic():
            publish("lobby", "hello")
            assert texts_of(reader) == []
        assert texts_of(reader) == ["hello"]

    def test_a_rollback_discards_the_message_and_its_broadcast(self, reader):
        publish("lobby", "before")
        with pytest.raises(ZeroDivisionError):
            with transaction.atomic():
                publish("lobby", "hello")
                1 / 0
        assert publish("lobby", "after").seq == 2
        assert texts_of(reader) == ["before", "after"]

    @pytest.mark.parametrize("is_there", [True, False])
    def test_it_starts_with_a_write_because_sqlite_may_refuse_a_later_one(self, layer, is_there):
        if is_there:
            publish("lobby", "first")
        with CaptureQueriesContext(connection) as captured:
            with transaction.atomic():
                publish("lobby", "hello")
        assert "UPDATE" in [query["sql"] for query in captured.captured_queries if "BEGIN" not in query["sql"]][0]

    def test_a_refused_message_does_not_affect_it(self, reader):
        with transaction.atomic():
            publish("lobby", "hello", id="a")
            assert code_of("lobby", "other", id="a") == "id_reused"
            publish("lobby", "more")
        assert texts_of(reader) == ["hello", "more"]

    def test_a_failed_broadcast_is_logged_and_the_message_is_stored(self, layer, monkeypatch, caplog):
        monkeypatch.setattr(broadcast, "deliver", lambda *args: 1 / 0)
        with caplog.at_level(logging.ERROR, "chartroom"):
            assert publish("lobby", "hello").seq == 1
        assert "stored but not broadcast" in caplog.text


class TestRefused:

    @pytest.mark.parametrize("text, code", [
        ("", "empty"), (" \n", "empty"), ("x" * 4097, "too_long"), ("a\x00", "bad_frame"), ("\ud800", "bad_frame"),
        (None, "bad_frame"), (5, "bad_frame"), (b"\xff", "bad_frame"),
    ])
    @pytest.mark.parametrize("wait", [True, False])
    def test_a_text(self, layer, text, code, wait):
        assert code_of("lobby", text, wait=wait) == code

    @pytest.mark.parametrize("changes", [
        {"room": ""}, {"room": "a b"}, {"room": "x" * 65}, {"room": None}, {"room": "../x"}, {"room": 5},
        {"namespace": ""}, {"namespace": "a-b"}, {"namespace": None},
        {"id": ""}, {"id": "x" * 65}, {"id": 5}, {"id": "\x00"},
        {"source": "x" * 17}, {"source": None}, {"author": "x" * 151}, {"sender": "x" * 65}, {"author": "\x00"},
        {"data": []}, {"data": "x"}, {"data": {"x": object}}, {"data": {"x": float("nan")}},
        {"data": {"x": 2 ** 63}}, {"data": {"x": "\ud800"}}, {"data": {"x": [[[[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]]]}},
    ], ids=repr)
    @pytest.mark.parametrize("wait", [True, False])
    def test_invalid_arguments(self, layer, changes, wait):
        assert code_of(**dict({"room": "lobby", "text": "hello", "wait": wait}, **changes)) == "bad_frame"
        assert not Room.objects.exists()

    @pytest.mark.parametrize("wait", [True, False])
    def test_too_much_data(self, layer, wait):
        assert code_of("lobby", "hello", data={"x": "y" * 16384}, wait=wait) == "too_long"

    def test_the_same_id_for_another_text(self, layer):
        publish("lobby", "hello", id="a")
        assert code_of("lobby", "other", id="a") == "id_reused"


class TestWithoutWaiting:

    def test_the_pipeline_stores_it_without_a_query_of_the_caller(self, reader, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert publish("lobby", "hello", id="a", wait=False, data={"n": 1}, author="ci") == ("a", None)
        run_worker(reader.layer)
        assert texts_of(reader) == ["hello"]
        assert (ChatMessage.objects.get().data, ChatMessage.objects.get().author) == ({"n": 1}, "ci")

    def test_missing_rooms_are_created(self, layer, lobby):
        publish("api", "one", namespace="deploy", wait=False)
        publish(lobby, "two", wait=False)
        publish("api", "three", namespace="deploy", wait=False)
        run_worker(layer)
        assert list(ChatMessage.objects.order_by("room__name", "seq").values_list("message", flat=True)) == [
            "one", "three", "two"]

    def test_a_retry_is_stored_once(self, layer):
        for _ in range(2):
            publish("lobby", "hello", id="a", wait=False)
        run_worker(layer)
        assert ChatMessage.objects.count() == 1

    def test_waits_for_a_full_queue(self, layer, monkeypatch):
        class Clock(object):
            """A worker receives a message while it sleeps."""
            now = 0

            def sleep(self, seconds):
                self.now += seconds
                if self.now > 1:
                    layer.receive(["chat-messages"])
        clock = Clock()
        monkeypatch.setattr(module, "time", clock)
        monkeypatch.setattr(module, "monotonic", lambda: clock.now)
        channel_layers[DEFAULT_CHANNEL_LAYER].channel_layer.capacity = 1
        publish("lobby", "first", wait=False)
        publish("lobby", "second", wait=False)
        run_worker(layer)
        assert ChatMessage.objects.get().message == "second"

    def test_waits_for_a_bounded_time_and_then_reports_busy(self, layer, monkeypatch):
        slept = []

        class Clock(object):

            def sleep(self, seconds):
                slept.append(seconds)
        monkeypatch.setattr(module, "time", Clock())
        monkeypatch.setattr(module, "monotonic", lambda: sum(slept))
        layer.channel_layer.capacity = 1
        publish("lobby", "first", wait=False)
        assert code_of("lobby", "second", wait=False) == "busy"
        assert 4 < sum(slept) <= 5


class TestOnSave:

    @pytest.fixture
    def connect(self):
        connected = []

        def connect(**options):
            connected.append(publish_on_save(get_user_model(), **options))
        yield connect
        for receiver in connected:
            assert post_save.disconnect(receiver, sender=get_user_model())

    def save(self, name="ann", **options):
        return get_user_model().objects.create(username=name, **options)

    def test_each_save_is_published(self, reader, connect):
        connect(room="lobby", text=lambda user: "%s was saved" % user.username, data=lambda user: {"pk": user.pk})
        self.save("ann").save()
        assert texts_of(reader) == ["ann was saved"] * 2
        assert ChatMessage.objects.first().data == {"pk": get_user_model().objects.get().pk}

    def test_with_an_id_each_instance_once(self, reader, connect):
        connect(room=lambda user: "lobby", text="somebody came", id=lambda user: "user:%s" % user.pk)
        self.save("ann").save()
        self.save("bo")
        assert texts_of(reader) == ["somebody came"] * 2

    def test_without_a_text_nothing_is_published(self, reader, connect):
        connect(room="lobby", text=lambda user: user.is_staff and "one of the staff" or None)
        self.save("ann")
        self.save("bo", is_staff=True)
        assert texts_of(reader) == ["one of the staff"]

    def test_a_fixture_is_not_published(self, reader, connect):
        connect(room="lobby", text="somebody came")
        get_user_model()(username="ann").save_base(raw=True)
        assert texts_of(reader) == []

    def test_both_are_stored_or_neither(self, reader, connect):
        connect(room="lobby", text=lambda user: user.username)
        with pytest.raises(ZeroDivisionError):
            with transaction.atomic():
                self.save("ann")
                1 / 0
        with pytest.raises(NotPublished):
            with transaction.atomic():
                self.save("x" * 30, email="x" * 30)
                publish("lobby", "")
        assert not get_user_model().objects.exists() and texts_of(reader) == []
