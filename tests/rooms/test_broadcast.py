# coding: utf-8
from __future__ import unicode_literals

import json

import pytest

from chartroom.errors import FrameError
from chartroom.rooms import membership
from chartroom.rooms.broadcast import broadcast, error_texts, send, send_content
from tests.room_socket import Socket, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader_of(layer, lobby):
    """Return a function that creates a socket in the lobby with the given wire."""
    def join(wire):
        socket = Socket(layer, "/chat/lobby/")
        membership.join(lobby.pk, wire, socket.reply_channel)
        return socket
    return join


@pytest.fixture
def group_sends(layer, monkeypatch):
    """The groups to which messages are sent, in order."""
    groups, send_group = [], layer.channel_layer.send_group
    monkeypatch.setattr(layer.channel_layer, "send_group", lambda group, message: (
        groups.append(group) or send_group(group, message)))
    return groups


class TestBroadcast:

    def test_is_one_frame_for_many_messages(self, lobby, reader_of):
        ann, bo = reader_of("json"), reader_of("json")
        broadcast(lobby.pk, fill(lobby, 3))
        for socket in (ann, bo):
            [frame] = socket.frames_of("messages")
            assert [wire["seq"] for wire in frame["messages"]] == [1, 2, 3]

    @pytest.mark.parametrize("count, sizes", [(0, []), (1, [1]), (50, [50]), (51, [50, 1]), (101, [50, 50, 1])])
    def test_a_frame_has_at_most_fifty(self, lobby, reader_of, count, sizes):
        ann = reader_of("json")
        broadcast(lobby.pk, fill(lobby, count))
        frames = ann.frames_of("messages")
        assert [len(frame["messages"]) for frame in frames] == sizes
        assert [wire["seq"] for frame in frames for wire in frame["messages"]] == list(range(1, count + 1))

    def test_a_plain_reader_gets_each_text_in_order(self, lobby, reader_of):
        device, ann = reader_of("plain"), reader_of("json")
        broadcast(lobby.pk, fill(lobby, 2))
        assert device.texts == ["message 1", "message 2"]
        assert len(ann.frames) == 1

    def test_nothing_is_sent_to_plain_readers_if_there_are_none(self, lobby, reader_of, group_sends):
        reader_of("json")
        broadcast(lobby.pk, fill(lobby, 2))
        assert group_sends == ["room.%d" % lobby.pk]

    def test_a_reader_whose_channel_is_full_does_not_affect_the_others(self, layer, lobby, reader_of):
        layer.channel_layer.capacity = 1
        send("daphne.response.full!stuck", "fills it")
        membership.join(lobby.pk, "json", "daphne.response.full!stuck")
        ann = reader_of("json")
        broadcast(lobby.pk, fill(lobby, 2))
        assert len(ann.frames) == 1


class TestSend:

    def test_sends_to_one_socket_immediately(self, layer):
        ann, bo = Socket(layer, "/"), Socket(layer, "/")
        assert send(ann.reply_channel, "hello") is True
        assert ann.replies == [] and ann.texts == ["hello"] and bo.texts == []

    def test_a_whole_reply(self, layer):
        ann = Socket(layer, "/")
        assert send_content(ann.reply_channel, {"accept": True, "close": 4404})
        assert ann.read().replies == [{"accept": True, "close": 4404}]

    def test_to_a_full_channel_returns_false_and_logs(self, layer, caplog):
        layer.channel_layer.capacity = 1
        ann = Socket(layer, "/")
        assert send(ann.reply_channel, "1")
        assert send(ann.reply_channel, "2") is False
        assert send_content(ann.reply_channel, {"close": 4404}) is False
        assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
        assert ann.reply_channel in caplog.text


class TestErrors:

    FAILURES = [FrameError("empty", "Nothing.", ["a"]), FrameError("empty", "Nothing.", ["b"])]

    def test_are_frames_in_a_json_room(self):
        [text] = error_texts(self.FAILURES, "json")
        assert json.loads(text)["ids"] == ["a", "b"]

    def test_are_lines_in_a_plain_one(self):
        assert error_texts(self.FAILURES, "plain") == ["error empty: Nothing."] * 2
