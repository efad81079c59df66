# coding: utf-8
"""Sockets and pages after faults of Redis, of workers and of readers."""
from __future__ import unicode_literals

import socket

import pytest
from six.moves.urllib.error import HTTPError
from six.moves.urllib.request import urlopen

from tests.faults.stack import Stack, close_code, comes_to, texts

pytestmark = pytest.mark.processes

MEGABYTE = 1024 * 1024


def test_row_08_sockets_are_closed_when_redis_has_lost_their_groups(served):
    client = served.connect("/group/room")
    served.redis.stop()
    served.redis.start()
    assert close_code(client, 20) == 1012


def test_row_13_a_client_whose_connect_fails_is_answered_at_once(served):
    client = served.open_handshake("/fail")
    # The stock server answers after five seconds.
    assert comes_to(lambda: client.read()[:8], b"HTTP/1.1", within=2) == b"HTTP/1.1"
    assert b" 101 " not in client.received


@pytest.fixture(scope="module")
def hall(tmpdir_factory):
    """A stack with a reader, to which ``stack.broadcast`` sends a hundred kilobytes."""
    stack = Stack(str(tmpdir_factory.mktemp("hall")), capacity=1000)
    try:
        stack.worker()
        stack.interface = stack.server()
        reader, text = stack.connect("/group/room"), "x" * 100 * 1024

        def broadcast():
            stack.layer.send_group("room", {"text": text})
            assert texts(reader, 1) == [text]
        stack.broadcast = broadcast
        yield stack
    finally:
        stack.stop()


def connect_sleeper(stack):
    """A client that reads nothing, with a small receive buffer in the operating system."""
    return stack.connect("/group/room", sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024),))


def test_row_15_twenty_readers_that_stop_reading_cost_little_memory(hall):
    for _ in range(20):
        connect_sleeper(hall)
    before = hall.interface.memory
    for _ in range(100):
        hall.broadcast()  # Ten megabytes for each of them in all; the reader gets everything.
    grown = (hall.interface.memory - before) // MEGABYTE
    assert grown < 60
    # The sleepers' sockets are closed and have left the group.
    assert comes_to(lambda: len(hall.members("room")), 1) == 1


def test_row_15_a_reader_that_stopped_reading_gets_4408_when_it_reads_again(hall):
    sleeper = connect_sleeper(hall)
    for _ in range(100):
        hall.broadcast()
    assert close_code(sleeper, 10) == 4408


def test_row_22_a_request_without_a_worker_is_answered_when_it_expires(start):
    stack = start(expiry=2)
    stack.server()
    with pytest.raises(HTTPError) as refused:
        urlopen("http://127.0.0.1:%d/" % stack.port, timeout=15)
    assert refused.value.code == 503
