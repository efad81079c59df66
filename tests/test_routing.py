# coding: utf-8
from __future__ import unicode_literals

import pytest
from channels.message import Message

from chartroom import consumers
from chartroom.rooms import pipeline

ROOMS = (consumers.connect, consumers.receive, consumers.disconnect)
PLAIN_ROOMS = (consumers.plain_connect, consumers.plain_receive, consumers.disconnect)
LOBBY = (consumers.lobby_connect, consumers.plain_receive, consumers.disconnect)


def route_of(layer, channel, **content):
    return layer.router.match(Message(content, channel, layer))


def routes_of(layer, path):
    """Return ((consumers of connect, receive, disconnect), kwargs) of a path."""
    found = [route_of(layer, "websocket." + event, path=path) for event in ("connect", "receive", "disconnect")]
    kwargs = [kwargs for consumer, kwargs in found]
    assert kwargs[0] == kwargs[1] == kwargs[2]
    return tuple(consumer for consumer, _ in found), kwargs[0]


@pytest.mark.parametrize("path, consumers_of_path, kwargs", [
    ("/chat/lobby/", ROOMS, {"room": "lobby"}),
    ("/chat/lobby", ROOMS, {"room": "lobby"}),
    ("/chat/聊天室/", ROOMS, {"room": "聊天室"}),
    ("/chat/chat/", ROOMS, {"room": "chat"}),
    ("/chat/%s/" % ("x" * 64), ROOMS, {"room": "x" * 64}),
    ("/plain/lobby/", PLAIN_ROOMS, {"room": "lobby"}),
    ("/plain/聊天室", PLAIN_ROOMS, {"room": "聊天室"}),
    ("/deploy/web-1/", ROOMS, {"namespace": "deploy", "room": "web-1"}),
    ("/部署/网站/", ROOMS, {"namespace": "部署", "room": "网站"}),
    ("/chatter/a/", ROOMS, {"namespace": "chatter", "room": "a"}),
    ("/plainly/a/", ROOMS, {"namespace": "plainly", "room": "a"}),
    ("/", LOBBY, {}),
], ids=lambda value: repr(value)[:20] if isinstance(value, (dict, type(""))) else "")
def test_a_path_leads_to_its_consumers(layer, path, consumers_of_path, kwargs):
    assert routes_of(layer, path) == (consumers_of_path, kwargs)


@pytest.mark.parametrize("path", [
    "", "/chat", "/chat/", "/chat//", "/chat/a/b/", "/chat/a//", "/chat/a\n", "/chat/a/\n", "/chat/a b/", "/chat/a.b/", "/chat/☕/",
    "/chat/%s/" % ("x" * 65), "/%s/a/" % ("x" * 65), "/de-ploy/web/", "/x/chat/a/", "chat/a/", "/plain/", "/plain/a/b/",
], ids=lambda path: repr(path)[:20])
def test_any_other_path_is_routed_to_the_lobby_which_refuses_it(layer, path):
    assert routes_of(layer, path) == (LOBBY, {})


def test_submissions_go_to_the_pipeline(layer):
    assert route_of(layer, "chat-messages", version=1) == (pipeline.store_submissions, {})


def test_a_socket_reaches_no_internal_consumer(layer):
    assert routes_of(layer, "/chat-messages/")[0] == LOBBY


def test_a_worker_listens_on_these_channels_only(layer):
    assert set(layer.router.channels) == {
        "chat-messages", "websocket.connect", "websocket.receive", "websocket.disconnect", "websocket.recheck"}
