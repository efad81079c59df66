# coding: utf-8
from __future__ import unicode_literals

import logging

import msgpack
import pytest

from chartroom.rooms.submissions import CHANNEL, Submission, Unreadable, read, waiting


def submission(*ids, **changes):
    values = {
        "room": 17, "source": "socket", "sender": "guest:k1", "author": "小明", "reply_channel": "daphne.response.a!b",
        "entries": [(id, "text of " + id) for id in ids or ("a",)],
    }
    return Submission(**dict(values, **changes))


def envelope(layer, *ids):
    """The content of a waiting submission."""
    submission(*ids).send()
    return layer.receive([CHANNEL])[1]


def through_redis(content):
    """Pack and unpack it as asgi_redis does."""
    return msgpack.unpackb(msgpack.packb(content, use_bin_type=True), encoding="utf8")


def fields(submission):
    return vars(submission)


class TestRoundTrip:

    def test_nothing_changes(self, layer):
        assert fields(read(envelope(layer, "a", "b"))) == fields(submission("a", "b"))

    def test_nothing_changes_in_redis_either(self, layer):
        sent = submission(entries=[("编号", "\U0001f600 \"quoted\" \n"), ("b", "x" * 4096)], wire="plain")
        sent.send()
        assert fields(read(through_redis(layer.receive([CHANNEL])[1]))) == fields(sent)

    def test_data_and_the_rooms_name_do_not_change(self, layer):
        sent = submission("a", "b", room=("deploy", "服务"), data=[{"ok": [1, "二", None]}, None])
        sent.send()
        assert fields(read(through_redis(layer.receive([CHANNEL])[1]))) == fields(sent)

    def test_each_row_has_its_own_data(self):
        assert [row.data for row in submission("a", "b", data=[None, {"n": 1}]).rows(17)] == [None, {"n": 1}]

    def test_a_reply_channel_is_optional(self, layer):
        submission(reply_channel=None).send()
        content = layer.receive([CHANNEL])[1]
        assert "reply_channel" not in content and read(content).reply_channel is None

    def test_a_full_channel_raises(self, layer):
        layer.channel_layer.capacity = 1
        submission().send()
        with pytest.raises(layer.ChannelFull):
            submission().send()

    def test_rows_are_in_order_and_not_stored(self):
        rows = submission("b", "a").rows(17)
        assert [(row.client_id, row.message, row.seq, row.pk) for row in rows] == [
            ("b", "text of b", None, None), ("a", "text of a", None, None)]
        assert {(row.room_id, row.source, row.sender, row.author) for row in rows} == {(17, "socket", "guest:k1", "小明")}
        assert submission("b", "a").ids == ["b", "a"]


UNREADABLE = {
    "nothing": lambda content: content.clear(),
    "no version": lambda content: content.pop("version"),
    "a later version": lambda content: content.update(version=2),
    "no room": lambda content: content.pop("room"),
    "a room's name": lambda content: content.update(room="lobby"),
    "an invalid room's name": lambda content: content.update(room=["chat", "a b"]),
    "an invalid namespace": lambda content: content.update(room=["a-b", "lobby"]),
    "a name of three": lambda content: content.update(room=["a", "b", "c"]),
    "a name of numbers": lambda content: content.update(room=[1, 2]),
    "a name of lists": lambda content: content.update(room=[["a"], ["b"]]),
    "data that is a number": lambda content: content.update(data=5),
    "data for fewer messages": lambda content: content.update(data=[]),
    "data that is not an object": lambda content: content.update(data=["x"]),
    "data that is too long": lambda content: content.update(data=[{"x": "y" * 20000}]),
    "a room that is True": lambda content: content.update(room=True),
    "a room that is None": lambda content: content.update(room=None),
    "room 0": lambda content: content.update(room=0),
    "a room beyond 63 bits": lambda content: content.update(room=2 ** 63),
    "no sender": lambda content: content.pop("sender"),
    "a sender in bytes": lambda content: content.update(sender=b"\xff"),
    "an author that is None": lambda content: content.update(author=None),
    "an author with NUL": lambda content: content.update(author="a\x00"),
    "a source that is a number": lambda content: content.update(source=5),
    "no messages": lambda content: content.pop("messages"),
    "an empty list": lambda content: content.update(messages=[]),
    "messages that are a number": lambda content: content.update(messages=5),
    "a message of one": lambda content: content.update(messages=[["a"]]),
    "a message of three": lambda content: content.update(messages=[["a", "b", "c"]]),
    "a message of numbers": lambda content: content.update(messages=[["a", "b"], [1, 2]]),
    "half a surrogate pair": lambda content: content.update(messages=[["a", "b\ud800"]]),
    "no wire": lambda content: content.pop("wire"),
    "another wire": lambda content: content.update(wire="xml"),
    "a wire that is a list": lambda content: content.update(wire=["json"]),
    "a reply channel that is a number": lambda content: content.update(reply_channel=5),
    "a reply channel that is no name": lambda content: content.update(reply_channel="a b"),
    "a reply channel that is too long": lambda content: content.update(reply_channel="a!" + "b" * 98),
    "a reply channel that is a list": lambda content: content.update(reply_channel=["daphne.response.a!b"]),
}


@pytest.mark.parametrize("spoil", [UNREADABLE[name] for name in sorted(UNREADABLE)], ids=sorted(UNREADABLE))
class TestUnreadable:

    def test_raises_unreadable(self, layer, spoil):
        content = envelope(layer)
        spoil(content)
        with pytest.raises(Unreadable):
            read(content)

    def test_is_logged_and_skipped_and_the_others_are_read(self, layer, spoil, caplog):
        content = envelope(layer)
        spoil(content)
        submission("b").send()

        with caplog.at_level(logging.ERROR, "chartroom"):
            found = list(waiting(layer, content, 250))

        assert [other.ids for other in found] == [["b"]]
        assert len(caplog.records) == 1 and CHANNEL in caplog.text


class TestWaiting:

    def ids_of(self, layer, bound, first):
        return [submission.ids for submission in waiting(layer, first, bound)]

    def test_yields_the_first_and_then_the_waiting_ones_in_order(self, layer):
        first = envelope(layer, "a", "b")
        submission("c").send()
        submission("d").send()
        assert self.ids_of(layer, 250, first) == [["a", "b"], ["c"], ["d"]]

    @pytest.mark.parametrize("bound, count", [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)])
    def test_stops_at_the_bound_and_leaves_the_rest(self, layer, bound, count):
        first = envelope(layer, "a", "b")
        for ids in ("cd", "ef"):
            submission(*ids).send()
        assert self.ids_of(layer, bound, first) == [["a", "b"], ["c", "d"], ["e", "f"]][:count]
        assert len(layer._channels[CHANNEL]) == 3 - count

    def test_never_blocks_and_receives_nothing_from_other_channels(self, layer, monkeypatch):
        calls, receive = [], layer.channel_layer.receive
        monkeypatch.setattr(layer.channel_layer, "receive", lambda channels, block=False: (
            calls.append((channels, block)) or receive(channels, block)))
        layer.send("websocket.receive", {"text": "x"})
        assert self.ids_of(layer, 250, {"version": 0}) == []
        assert calls == [([CHANNEL], False)]
