from __future__ import unicode_literals

import logging

import pytest
from django.db import DataError, OperationalError

from chartroom.models import ChatMessage, Room
from chartroom.rooms import pipeline
from chartroom.rooms.submissions import Submission
from tests.room_socket import Socket, run_worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(pipeline, "PAUSES", (0, 0))


def submit(room, socket, *ids):
    Submission(
        room=room.pk, source="socket", sender="user:1", author="Ann",
        entries=[(id, "text of " + id) for id in ids], reply_channel=socket.reply_channel,
    ).send()


def run_pipeline(layer):
    run_worker(layer, ["chat-messages"])


@pytest.fixture
def ann(layer, lobby):
    return Socket(layer, "/chat/lobby/").connect()


@pytest.fixture
def bo(layer, lobby):
    return Socket(layer, "/chat/lobby/").connect()


class TestBatches:

    def test_waiting_submissions_are_stored_in_one_transaction(self, layer, lobby, ann, recorded):
        for id in "abc":
            submit(lobby, ann, id)
        run_pipeline(layer)
        assert recorded == [3]

    def test_end_at_their_bound(self, layer, lobby, ann, recorded, settings):
        settings.CHARTROOM_BATCH_SIZE = 2
        for id in "abcde":
            submit(lobby, ann, id)
        run_pipeline(layer)
        assert recorded == [2, 2, 1]

    def test_are_bounded_if_a_layer_returns_many_at_once(self, layer, lobby, ann, recorded, settings):
        settings.CHARTROOM_BATCH_SIZE = 10
        submissions = ["%d" % number for number in range(8)]
        for name in submissions:
            submit(lobby, ann, *[name + "-%d" % part for part in range(4)])
        layer.channel_layer.receive_waiting = lambda channel, most: list(iter(
            lambda: layer.receive([channel])[1], None))
        run_pipeline(layer)
        assert recorded == [12, 12, 8]
        assert len(ann.frames_of("ack")) == 3

    def test_one_broadcast_per_room_and_one_ack_per_sender(self, layer, lobby, ann, bo):
        submit(lobby, ann, "a", "b")
        submit(lobby, bo, "c")
        submit(lobby, ann, "d")
        run_pipeline(layer)
        [frame] = ann.frames_of("messages")
        assert [(wire["seq"], wire["id"]) for wire in frame["messages"]] == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
        [frame] = ann.frames_of("ack")
        assert [(ack["id"], ack["seq"]) for ack in frame["acks"]] == [("a", 1), ("b", 2), ("d", 4)]
        [frame] = bo.frames_of("ack")
        assert [(ack["id"], ack["seq"]) for ack in frame["acks"]] == [("c", 3)]

    def test_a_room_does_not_receive_messages_of_another(self, layer, lobby, ann):
        other = Room.objects.create(name="other")
        carl = Socket(layer, "/chat/other/").connect()
        submit(lobby, ann, "a")
        submit(other, carl, "b")
        run_pipeline(layer)
        assert [wire["id"] for frame in ann.frames_of("messages") for wire in frame["messages"]] == ["a"]
        assert [wire["id"] for frame in carl.frames_of("messages") for wire in frame["messages"]] == ["b"]

    def test_an_unreadable_submission_does_not_affect_the_others(self, layer, lobby, ann):
        layer.send("chat-messages", {"room": "lobby", "text": "of an older version"})
        submit(lobby, ann, "a")
        layer.send("chat-messages", {"version": 99})
        submit(lobby, ann, "b")
        run_pipeline(layer)
        assert ChatMessage.objects.count() == 2

    def test_a_submission_may_have_no_reply_channel(self, layer, lobby, ann):
        Submission(room=lobby.pk, source="api", sender="", author="cron", entries=[("a", "hello")]).send()
        run_pipeline(layer)
        assert len(ann.frames_of("messages")) == 1 and not ann.frames_of("ack")


class TestBeforeTheCommit:

    def test_nothing_is_sent(self, layer, lobby, ann, monkeypatch):
        sent_before_commit = []

        def slow_store(rows):
            outcomes = store(rows)
            sent_before_commit.extend(ann.frames_of("messages") + ann.frames_of("ack"))
            return outcomes
        store = pipeline.store
        monkeypatch.setattr(pipeline, "store", slow_store)
        submit(lobby, ann, "a")
        run_pipeline(layer)
        assert sent_before_commit == []
        assert ann.frames_of("messages") and ann.frames_of("ack")


class TestTheDatabaseFails:

    def test_briefly_and_clients_do_not_notice(self, layer, lobby, ann, monkeypatch):
        fail_times(monkeypatch, OperationalError("database is locked"), 2)
        submit(lobby, ann, "a")
        run_pipeline(layer)
        assert ann.frames_of("ack") and not ann.errors

    def test_for_long_and_the_senders_are_asked_to_retry(self, layer, lobby, ann, bo, monkeypatch):
        fail_times(monkeypatch, OperationalError("no server"), 100)
        submit(lobby, ann, "a", "b")
        submit(lobby, bo, "c")
        run_pipeline(layer)
        assert ann.errors == [("busy", ["a", "b"])] and bo.errors == [("busy", ["c"])]
        assert ann.frames_of("error")[0]["retry_after"] == pipeline.RETRY_AFTER
        assert not ann.frames_of("messages")

    def test_for_long_and_submissions_without_a_client_stay_in_the_queue(self, layer, lobby, ann, monkeypatch):
        fail_times(monkeypatch, OperationalError("no server"), 20)
        submit(lobby, ann, "a")
        for number in range(3):
            Submission(room=lobby.pk, source="api", sender="", author="", entries=[("%d" % number, "hello")]).send()
        run_pipeline(layer)
        assert ann.errors == [("busy", ["a"])]
        assert list(ChatMessage.objects.order_by("seq").values_list("client_id", flat=True)) == ["0", "1", "2"]

    def test_for_a_message_without_a_client_and_it_is_logged(self, layer, lobby, caplog):
        for text in ("one", "other"):
            Submission(room=lobby.pk, source="api", sender="", author="", entries=[("a", text)]).send()
        with caplog.at_level(logging.ERROR, "chartroom"):
            run_pipeline(layer)
        assert "id_reused" in caplog.text and ChatMessage.objects.get().message == "one"

    def test_for_one_submission_and_the_others_are_stored(self, layer, lobby, ann, bo, monkeypatch):
        store = pipeline.store

        def refuse_b(rows):
            if any(row.client_id == "b" for row in rows):
                raise DataError("out of range")
            return store(rows)
        monkeypatch.setattr(pipeline, "store", refuse_b)
        for socket, id in ((ann, "a"), (bo, "b"), (ann, "c")):
            submit(lobby, socket, id)
        run_pipeline(layer)
        assert bo.errors == [("server_error", ["b"])] and not ann.errors
        assert list(ChatMessage.objects.order_by("seq").values_list("client_id", flat=True)) == ["a", "c"]


class TestSendingFails:

    def test_for_the_room_and_the_sender_still_gets_its_ack(self, layer, lobby, ann, monkeypatch):
        monkeypatch.setattr("chartroom.rooms.broadcast.broadcast", lambda *args: 1 / 0)
        submit(lobby, ann, "a")
        run_pipeline(layer)
        assert ann.frames_of("ack")

    def test_for_one_sender_and_the_other_still_gets_its_ack(self, layer, lobby, ann, bo):
        layer.channel_layer.capacity = 3
        for number in range(3):
            layer.send("daphne.response.full!x", {"text": "x"})
        stuck = Socket(layer, "/chat/lobby/")
        stuck.reply_channel = "daphne.response.full!x"
        submit(lobby, stuck, "a")
        submit(lobby, bo, "b")
        run_pipeline(layer)
        assert bo.frames_of("ack")


@pytest.fixture
def recorded(monkeypatch):
    """The sizes of the batches that are stored."""
    sizes, store = [], pipeline.store
    monkeypatch.setattr(pipeline, "store", lambda rows: sizes.append(len(rows)) or store(rows))
    return sizes


def fail_times(monkeypatch, error, times):
    store, failures = pipeline.store, [error] * times

    def failing(rows):
        if failures:
            raise failures.pop()
        return store(rows)
    monkeypatch.setattr(pipeline, "store", failing)
