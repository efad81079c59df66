"""How many sockets an address may have, and how it is known."""
from __future__ import unicode_literals

import logging
from collections import namedtuple

import pytest
from twisted.internet.task import Clock

from chartroom.transport.interface.guests import Guests

Peer = namedtuple("Peer", "host")


def guests(most=0, pace=None, hops=0):
    return Guests(Clock(), most, pace, hops)


def address(host, forwarded=None, hops=0):
    return guests(hops=hops).address_of(Peer(host), {} if forwarded is None else {"x-forwarded-for": forwarded})


@pytest.mark.parametrize("host, forwarded, hops, expected", [
    ("203.0.113.1", None, 0, "203.0.113.1"), ("8.8.8.8", "6.6.6.6", 0, "8.8.8.8"), ("127.0.0.1", None, 0, "127.0.0.1"),
    ("127.0.0.1", "198.51.100.1", 1, "198.51.100.1"), ("10.0.0.1", "6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),
    ("127.0.0.1", "198.51.100.1", 2, None), ("2001:db8::1", None, 0, "2001:db8::/64"),
])
def test_the_address_of_a_client(host, forwarded, hops, expected):
    assert address(host, forwarded, hops) == expected


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "::1", ""])
def test_a_client_behind_a_proxy_that_is_not_trusted_is_not_known_and_not_bounded(host, caplog):
    found = guests(most=1)
    with caplog.at_level(logging.WARNING):
        assert found.address_of(Peer(host), {"x-forwarded-for": "198.51.100.1"}) is None
    assert "TRUSTED_PROXIES" in caplog.text
    assert [found.enter(None) for _ in range(5)] == [None] * 5


def test_of_one_address_so_many_are_open():
    found = guests(most=2)
    assert [found.enter("a") is None for _ in range(3)] == [True, True, False]
    assert found.enter("b") is None
    found.leave("a")
    assert found.enter("a") is None


def test_a_refused_one_does_not_count():
    found = guests(most=1)
    found.enter("a")
    for _ in range(5):
        assert found.enter("a") is not None
    found.leave("a")
    assert found.enter("a") is None and not found._open["b"]


def test_handshakes_have_a_pace():
    found = guests(pace=(2, 60))
    assert [found.enter("a") is None for _ in range(3)] == [True, True, False]
    found.clock.advance(31)
    assert found.enter("a") is None and found.enter("a") is not None


def test_refusals_are_counted_and_logged_once_a_minute(caplog):
    counted = []
    found = Guests(Clock(), 1, None, 0, lambda: counted.append(1))
    found.enter("a")
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            found.enter("a")
        found.clock.advance(61)
        found.enter("a")
    assert len(counted) == 11
    assert [record.getMessage()[:45] for record in caplog.records] == [
        "Refused 1 sockets since the last such line; t", "Refused 10 sockets since the last such line; "]


def test_what_is_remembered_does_not_grow():
    found = guests(most=5, pace=(10, 60))
    for number in range(1000):
        found.enter("%d" % number)
        found.leave("%d" % number)
    found.clock.advance(61)
    found.forget_idle()
    assert not found._open and not found._handshakes._buckets
