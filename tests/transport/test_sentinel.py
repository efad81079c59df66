"""The connections to the master of Sentinel, without Redis; `test_servers` has a real failover."""
from __future__ import unicode_literals

import socket

import pytest

from chartroom.transport.sentinel import MasterPool

FIRST, SECOND = ("127.0.0.1", 1), ("127.0.0.1", 2)


class Manager(object):
    """In place of redis-py's `Sentinel`."""

    master = FIRST

    def discover_master(self, service_name):
        return self.master


@pytest.fixture
def manager():
    return Manager()


@pytest.fixture
def pool(manager):
    found = MasterPool("guarded", manager)
    found.get_master_address()
    return found


@pytest.fixture
def connected(pool):
    """Takes a connection from the pool, as if it was connected to an address; returns it and its peer's socket."""
    peers = []

    def take(address):
        connection = pool.get_connection("GET")
        connection.host, connection.port = address
        connection._sock, peer = socket.socketpair()
        connection._sock.settimeout(5)
        connection._parser.on_connect(connection)
        peers.append(peer)
        return connection, peer
    yield take
    for peer in peers:
        peer.close()


def test_a_new_master_ends_the_connections_to_the_former_one(manager, pool, connected):
    (_, peer), (idle, idle_peer) = connected(FIRST), connected(FIRST)
    pool.release(idle)
    manager.master = SECOND
    assert pool.get_master_address() == SECOND
    assert peer.recv(1) == b"" and idle_peer.recv(1) == b""


def test_a_connection_is_closed_by_its_own_thread_alone(manager, pool, connected):
    in_use, peer = connected(FIRST)
    manager.master = SECOND
    pool.get_master_address()
    # Its thread may be in the middle of an answer: neither the socket nor the parser has gone.
    assert in_use._sock is not None and in_use._parser._buffer is not None
    with pytest.raises(Exception) as raised:
        in_use.read_response()
    assert type(raised.value).__name__ == "ConnectionError"
    assert in_use._sock is None


def test_connections_to_the_new_master_stay(manager, pool, connected):
    manager.master = SECOND
    pool.get_master_address()
    in_use, peer = connected(SECOND)
    # Each new connection asks Sentinel again.
    for _ in range(3):
        assert pool.get_master_address() == SECOND
    peer.sendall(b"+PONG\r\n")
    assert in_use.read_response() == b"PONG"


def test_the_first_answer_of_sentinel_ends_nothing(manager, connected, pool):
    in_use, peer = connected(FIRST)
    pool.get_master_address()
    peer.sendall(b"+PONG\r\n")
    assert in_use.read_response() == b"PONG"
