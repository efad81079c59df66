# coding: utf-8
from __future__ import unicode_literals

import datetime
import json

import pytest
import pytz

from chartroom.errors import FrameError
from chartroom.wire import protocol, server_frames

EMOJI = "\U0001f600"

MESSAGE = server_frames.message(
    seq=7, id="a", author="Ann", sender="0123456789ab", source="socket", text="hi",
    at=datetime.datetime(2019, 1, 2, 3, 4, 5, 67890, pytz.utc),
)


class TestMessages:

    def test_have_each_key(self):
        assert MESSAGE == {
            "seq": 7, "id": "a", "author": "Ann", "sender": "0123456789ab", "source": "socket", "text": "hi",
            "at": "2019-01-02T03:04:05.067Z",
        }

    @pytest.mark.parametrize("microsecond, written", [(0, "000"), (999, "000"), (1000, "001"), (999999, "999")])
    def test_always_have_milliseconds(self, microsecond, written):
        wire = server_frames.message(1, "a", "", "", "feed", "x", datetime.datetime(2019, 1, 2, 3, 4, 5, microsecond))
        assert wire["at"] == "2019-01-02T03:04:05.%sZ" % written

    @pytest.mark.parametrize("data", [{}, {"url": "x"}])
    def test_have_data_only_if_there_is_any(self, data):
        at = datetime.datetime(2019, 1, 2)
        assert server_frames.message(1, "a", "", "", "feed", "x", at, data=data)["data"] == data
        assert "data" not in server_frames.message(1, "a", "", "", "feed", "x", at, data=None)


def same_json(text, pinned):
    """Equal except for the order of keys, which Python 2.7 does not preserve, and without extra spaces."""
    assert isinstance(text, type("")) and len(text) == len(pinned)
    return json.loads(text) == json.loads(pinned)


class TestFramesToTheClient:
    """The exact text, because clients in other languages parse it."""

    WIRE = '{"seq":7,"id":"a","author":"Ann","sender":"0123456789ab","source":"socket","text":"hi","at":"2019-01-02T03:04:05.067Z"}'

    def test_welcome(self):
        frame = server_frames.welcome(
            namespace="chat", room="聊天室", epoch=17, you={"author": "Ann", "sender": "0123456789ab", "guest": True},
            seq=7, messages=[MESSAGE], complete=True, heartbeat=25,
        )
        assert same_json(frame, (
            '{"type":"welcome","protocol":1,"namespace":"chat","room":"聊天室","epoch":17,'
            '"you":{"author":"Ann","sender":"0123456789ab","guest":true},"seq":7,"messages":[%s],'
            '"complete":true,"heartbeat":25}' % self.WIRE))

    def test_messages(self):
        assert same_json(server_frames.messages([MESSAGE]), '{"type":"messages","messages":[%s]}' % self.WIRE)

    def test_ack(self):
        assert same_json(server_frames.ack([("a", 7), ("b", 8)]), '{"type":"ack","acks":[{"id":"a","seq":7},{"id":"b","seq":8}]}')

    def test_catch_up(self):
        assert same_json(server_frames.catch_up(6, [MESSAGE], False),
                         '{"type":"catch_up","since":6,"messages":[%s],"complete":false}' % self.WIRE)

    def test_history(self):
        assert same_json(server_frames.history(8, [], False), '{"type":"history","before":8,"messages":[],"more":false}')

    def test_pong(self):
        assert same_json(server_frames.pong(7), '{"type":"pong","seq":7}')

    @pytest.mark.parametrize("failure, pinned", [
        (FrameError("bad_frame", "No."), '{"type":"error","code":"bad_frame","detail":"No."}'),
        (FrameError("empty", "No.", ["a"]), '{"type":"error","code":"empty","detail":"No.","id":"a"}'),
        (FrameError("busy", "No.", ["a", "b"], 1),
         '{"type":"error","code":"busy","detail":"No.","id":"a","ids":["a","b"],"retry_after":1}'),
        (FrameError("rate_limited", "No.", ["a"], 0), '{"type":"error","code":"rate_limited","detail":"No.","id":"a","retry_after":0}'),
    ], ids=["of none", "of one", "of two", "at once"])
    def test_error(self, failure, pinned):
        assert same_json(server_frames.error(failure), pinned)

    def test_text_is_not_escaped_unnecessarily(self):
        assert same_json(server_frames.encode({"a": '你好 %s "</script>\n' % EMOJI}), '{"a":"你好 %s \\"</script>\\n"}' % EMOJI)


class TestSeveralErrors:

    def test_of_one_code_share_a_frame(self):
        frames = [json.loads(text) for text in server_frames.errors([
            FrameError("empty", "first", ["a"]), FrameError("rate_limited", "wait", ["b"], 3), FrameError("empty", "second", ["c"]),
        ])]
        assert frames == [
            {"type": "error", "code": "empty", "detail": "first", "id": "a", "ids": ["a", "c"]},
            {"type": "error", "code": "rate_limited", "detail": "wait", "id": "b", "retry_after": 3},
        ]

    def test_are_in_the_order_of_the_codes(self):
        failures = [FrameError(code, "") for code in reversed(protocol.ERROR_CODES)]
        assert [json.loads(text)["code"] for text in server_frames.errors(failures)] == list(protocol.ERROR_CODES)

    def test_do_not_modify_the_errors(self):
        failure = FrameError("empty", "", ["a"])
        server_frames.errors([failure, FrameError("empty", "", ["b"])])
        assert failure.ids == ["a"]

    def test_without_errors_there_is_no_frame(self):
        assert server_frames.errors([]) == []
