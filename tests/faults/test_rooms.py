# coding: utf-8
"""Faults of the stack that users of rooms see."""
from __future__ import unicode_literals

import pytest
from asgiref.inmemory import ChannelLayer
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from channels.asgi import ChannelLayerWrapper
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.faults.rooms import Rooms
from tests.faults.stack import OURS
from tests.room_socket import Socket

WORKERS = 4


@pytest.fixture(scope="module")
def rooms(tmpdir_factory):
    running = Rooms(str(tmpdir_factory.mktemp("rooms")), WORKERS)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.mark.processes
def test_row_11_a_burst_keeps_its_order_with_four_workers(rooms):
    sender, reader = rooms.enter("burst"), rooms.enter("burst")
    burst = ["%03d" % number for number in range(100)]
    sender.send_all(burst)
    texts = reader.received(100)
    inversions = sum(1 for one, next in zip(texts, texts[1:]) if one > next)
    assert inversions == 0
    assert texts == burst


@pytest.mark.processes
def test_row_14_a_room_may_have_a_chinese_name(rooms):
    sender, reader = rooms.enter("聊天室"), rooms.enter("聊天室")
    assert sender.send("你好")
    assert reader.received(1) == ["你好"]


@pytest.mark.processes
@pytest.mark.parametrize("field, value", [("reply_channel", "daphne.response.x!y"), ("__retries__", 10)])
def test_row_20_fields_that_a_client_adds_change_nothing(rooms, field, value):
    sender, reader = rooms.enter(field), rooms.enter(field)
    text = "with " + field
    assert sender.send(text, **{field: value})
    assert reader.received(1) == [text]


@pytest.fixture
def socket(layer, settings):
    """A socket in this process, so that its queries can be captured."""
    if OURS:
        yield Socket(layer, "/chat/lobby/")
        return
    settings.CHANNEL_SESSION_ENGINE = "django.contrib.sessions.backends.db"
    naive = ChannelLayerWrapper(
        ChannelLayer(capacity=1000), DEFAULT_CHANNEL_LAYER, "tests.faults.naive.session_routing")
    channel_layers.set(DEFAULT_CHANNEL_LAYER, naive)
    yield Socket(naive, "/")
    channel_layers.set(DEFAULT_CHANNEL_LAYER, layer)


@pytest.mark.django_db
def test_row_12_sessions_of_sockets_need_no_queries_and_leave_no_rows(socket):
    def of_sessions(step, *args):
        with CaptureQueriesContext(connection) as queries:
            step(*args)
        return len([query for query in queries if "django_session" in query["sql"]])

    counts = {
        "connect": of_sessions(socket.connect), "receive": of_sessions(socket.send, {"type": "ping", "seq": 0}),
        "disconnect": of_sessions(socket.disconnect), "rows left": Session.objects.count(),
    }
    assert counts == {"connect": 0, "receive": 0, "disconnect": 0, "rows left": 0}
