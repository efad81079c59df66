# coding: utf-8
"""What people in rooms see of the stack's faults."""
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
    speaker, reader = rooms.enter("burst"), rooms.enter("burst")
    burst = ["%03d" % number for number in range(100)]
    speaker.say_all(burst)
    heard = reader.hear(100)
    inversions = sum(1 for one, next in zip(heard, heard[1:]) if one > next)
    assert inversions == 0
    assert heard == burst


@pytest.mark.processes
def test_row_14_a_room_may_have_a_chinese_name(rooms):
    speaker, reader = rooms.enter("聊天室"), rooms.enter("聊天室")
    assert speaker.say("你好")
    assert reader.hear(1) == ["你好"]


@pytest.mark.processes
@pytest.mark.parametrize("field, value", [("reply_channel", "daphne.response.x!y"), ("__retries__", 10)])
def test_row_20_fields_that_a_client_adds_change_nothing(rooms, field, value):
    speaker, reader = rooms.enter(field), rooms.enter(field)
    text = "with " + field
    assert speaker.say(text, **{field: value})
    assert reader.hear(1) == [text]


@pytest.fixture
def socket(layer, settings):
    """One of this process's own: each query can be seen."""
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
def test_row_12_sockets_sessions_ask_nothing_of_the_database_and_leave_nothing_there(socket):
    def of_sessions(step, *args):
        with CaptureQueriesContext(connection) as queries:
            step(*args)
        return len([query for query in queries if "django_session" in query["sql"]])

    counts = {
        "connect": of_sessions(socket.connect), "receive": of_sessions(socket.send, {"type": "ping", "seq": 0}),
        "disconnect": of_sessions(socket.disconnect), "rows left": Session.objects.count(),
    }
    assert counts == {"connect": 0, "receive": 0, "disconnect": 0, "rows left": 0}
