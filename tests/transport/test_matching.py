"""How a worker finds the consumer of a message."""
from __future__ import unicode_literals

from asgiref.inmemory import ChannelLayer
from channels.asgi import ChannelLayerWrapper
from channels.message import Message
from channels.routing import include, route

from chartroom.transport.worker import WatchingRouter


def consumer(message):
    pass


def match(content):
    routing = [include([route("work", consumer)], path=r"^/a")]
    layer = ChannelLayerWrapper(ChannelLayer(), "default", routing)
    return WatchingRouter(layer.router, worker=None).match(Message(content, "work", layer))


def test_by_path():
    assert match({"path": "/a"})[0].__name__ == "consumer"
    assert match({"path": "/b"}) is None and match({}) is None


def test_a_path_that_is_not_text_matches_nothing(caplog):
    assert match({"path": {}}) is None
    [record] = caplog.records
    assert record.exc_info is None
