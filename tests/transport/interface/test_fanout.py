# coding: utf-8
from __future__ import unicode_literals

from collections import Counter

import msgpack
import pytest

from chartroom.transport import entries
from chartroom.transport.interface.conf import bounds
from chartroom.transport.interface.factory import Factory
from chartroom.transport.interface.fanout import WRITES_PER_STEP, Fanout
from chartroom.transport.interface.sockets import Socket
from chartroom.transport.layers import RedisChannelLayer


class Recorder(object):
    """A fanout with sockets by name; records the writes to each, and the removed members."""

    def __init__(self):
        self.layer = RedisChannelLayer(hosts=["redis://127.0.0.1:1/0"])
        self.factory = Factory(self.layer, "daphne.response.x!", bounds(), count_slow=None, count_refused=None)
        self.written, self.dispatched, self.forgotten = {}, [], {}
        self.factory.dispatch_reply = lambda channel, message: self.dispatched.append((channel, message))
        self.counts = Counter()
        self.fanout = Fanout(self.layer, self.factory, self.forgotten.__setitem__, self.counts)

    def add_sockets(self, *names):
        for name in names:
            socket = Socket()
            socket.state = Socket.STATE_OPEN
            self.written[name] = []
            socket.write_frame = self.written[name].append
            self.factory.reply_protocols[name] = socket

    def deliver(self, *raws):
        """Returns the number of steps."""
        return len(list(self.fanout.deliver(raws)))


@pytest.fixture
def recorder():
    recorder = Recorder()
    recorder.add_sockets("one", "two")
    return recorder


def entry(message, channels, group="all", expires=0):
    mark = [entries.group_mark(group)] if group else []
    return entries.pack(expires, mark + list(channels), msgpack.packb(message, use_bin_type=True))


def test_a_groups_frame_is_made_once_and_written_to_each(recorder):
    recorder.deliver(entry({"text": "hé"}, ["one", "two"]))
    assert recorder.written == {"one": [b"\x81\x03h\xc3\xa9"], "two": [b"\x81\x03h\xc3\xa9"]}
    assert recorder.written["one"][0] is recorder.written["two"][0]


def test_consecutive_messages_to_the_same_sockets_are_one_write(recorder):
    recorder.deliver(*[entry({"text": text}, ["one", "two"]) for text in "abc"])
    assert recorder.written["one"] == recorder.written["two"] == [b"\x81\x01a\x81\x01b\x81\x01c"]


def test_messages_to_other_sockets_keep_their_place(recorder):
    recorder.deliver(entry({"text": "a"}, ["one", "two"]), entry({"text": "b"}, ["two"]), entry({"text": "c"}, ["one", "two"]))
    assert recorder.written == {"one": [b"\x81\x01a", b"\x81\x01c"], "two": [b"\x81\x01a", b"\x81\x01b", b"\x81\x01c"]}


def test_messages_to_single_sockets_keep_their_place(recorder):
    recorder.add_sockets("three")
    recorder.deliver(
        entry({"text": "1"}, ["one"], group=None), entry({"text": "a"}, ["one", "two"]),
        entry({"text": "2"}, ["one"], group=None), entry({"text": "3"}, ["three"], group=None),
        entry({"text": "b"}, ["one", "two"]), entry({"text": "c"}, ["one", "two"]), entry({"text": "4"}, ["one"], group=None))
    assert recorder.written == {
        "one": [frames("1a2bc4")], "two": [frames("abc")], "three": [frames("3")]}


def frames(texts):
    return b"".join(b"\x81\x01" + text.encode("ascii") for text in texts)


def test_a_connecting_socket_is_accepted_by_a_message_to_it_alone(recorder):
    recorder.factory.reply_protocols["one"].state = Socket.STATE_CONNECTING
    recorder.deliver(entry({"text": "a"}, ["one"], group=None))
    assert recorder.dispatched == [("one", {"text": "a"})]


def test_a_reply_that_is_more_than_a_frame_is_left_to_daphne(recorder):
    recorder.deliver(entry({"text": "a", "accept": True}, ["one"], group=None))
    assert recorder.dispatched == [("one", {"text": "a", "accept": True})] and not recorder.written["one"]


@pytest.mark.parametrize("message", [{"close": True}, {"text": "bye", "close": 4001}, {"text": 7}])
def test_a_groups_message_that_is_more_than_a_frame_is_left_to_daphne(recorder, message):
    recorder.deliver(entry(message, ["one", "two"]))
    assert recorder.dispatched == [("one", message), ("two", message)]


def test_members_without_a_socket_are_removed(recorder):
    recorder.deliver(entry({"text": "a"}, ["one", "gone"], "left"), entry({"close": True}, ["away"], "right"))
    assert recorder.forgotten == {"left": {"gone"}, "right": {"away"}}


def test_an_expired_message_is_counted(recorder):
    recorder.deliver(entry({"text": "a"}, ["one"], expires=1))
    assert recorder.counts == {recorder.layer.STAT_EXPIRED: 1} and not recorder.written["one"]


@pytest.mark.parametrize("raw", [
    b"foreign", b"cr9 0 0 one\nx", b"cr1 0 0 one\n\xc1", b"cr1 0 0 =all\nx", b"cr1 0 0 \xff\nx", b"cr1 x 0 one\nx",
])
def test_an_unreadable_entry_is_counted_and_skipped(recorder, raw):
    recorder.deliver(raw, entry({"text": "after"}, ["one"]))
    assert recorder.counts[recorder.layer.STAT_UNREADABLE] == 1
    assert recorder.written["one"] == [b"\x81\x05after"]


def test_a_large_group_is_written_in_steps(recorder):
    names = ["s%d" % number for number in range(5 * WRITES_PER_STEP)]
    recorder.add_sockets(*names)
    assert recorder.deliver(entry({"text": "a"}, names)) == 5


@pytest.mark.parametrize("channel, message", [
    ("daphne.response.run.x!.dealt", {"dealt": {}}), ("daphne.response.run.x!.dealt", {}), ("daphne.response.run.x!.recheck", {}),
    ("daphne.response.run.x!.recheck", {"tags": 5}), ("daphne.response.run.x!.recheck", {"tags": [[]]}),
], ids=repr)
def test_a_report_or_request_that_cannot_be_read_does_not_keep_the_rest_from_being_delivered(recorder, channel, message):
    recorder.deliver(entry(message, [channel], group=None), entry({"text": "a"}, ["one"]))
    assert recorder.written["one"] == [b"\x81\x01a"]
    assert recorder.counts[recorder.layer.STAT_UNREADABLE] == 1
