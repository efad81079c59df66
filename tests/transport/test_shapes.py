# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.transport import shapes
from chartroom.transport.entries import Unreadable

FRAME = {"reply_channel": "daphne.response.run.a!b", "path": "/chat/lobby/", "order": 1, "text": "x", "bytes": None}


@pytest.mark.parametrize("channel, message", [
    ("websocket.receive", FRAME), ("websocket.receive", dict(FRAME, text=None, bytes=b"x")), ("websocket.connect", FRAME),
    ("work", {}), ("work", {"reply_channel": None, "path": 7, "text": 7}), ("work", {"reply_channel": "http.response!a-b_c.d"}),
])
def test_what_a_consumer_can_get(channel, message):
    shapes.check(channel, message)


@pytest.mark.parametrize("channel, message", [
    ("websocket.receive", {}), ("websocket.receive", dict(FRAME, path=7)), ("websocket.receive", dict(FRAME, path=None)),
    ("websocket.receive", dict(FRAME, text=7)), ("websocket.receive", dict(FRAME, bytes="x")), ("websocket.receive", dict(FRAME, bytes=[])),
    ("websocket.connect", dict(FRAME, reply_channel=None)), ("http.request", dict(FRAME, path=b"/")), ("websocket.disconnect", {"path": "/"}),
])
def test_a_message_of_a_client_needs_its_path_and_reply_channel(channel, message):
    with pytest.raises(Unreadable):
        shapes.check(channel, message)


@pytest.mark.parametrize("name", ["", "a b", "é!x", "a!b!c", "a" * 100, "a!b\n", b"a!b", 7, ["a!b"]])
def test_a_reply_channel_is_a_name_that_the_layer_accepts(name):
    with pytest.raises(Unreadable):
        shapes.check("work", {"reply_channel": name})
