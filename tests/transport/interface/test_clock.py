# coding: utf-8
from __future__ import unicode_literals

import time

import pytest
from twisted.internet.base import ReactorBase

from chartroom.transport.interface import clock
from chartroom.transport.interface.conf import bounds
from chartroom.transport.interface.factory import Factory
from chartroom.transport.interface.sockets import Socket


class Reactor(ReactorBase):
    """Twisted's own, without an event loop."""

    def installWaker(self):
        """Not needed: no other thread."""


@pytest.fixture(params=[-86400, 86400], ids=["a day back", "a day ahead"])
def set_clock(request, monkeypatch):
    """Sets the time of day."""
    actual = time.time
    return lambda: monkeypatch.setattr(time, "time", lambda: actual() + request.param)


def test_sockets_have_the_age_that_they_have(set_clock):
    socket = Socket()
    socket.factory = Factory(None, "daphne.response.x!", bounds(), count_slow=None, count_refused=None).ws_factory
    socket.socket_opened = clock.Monotonic.time()
    set_clock()
    assert 0 <= socket.duration() < 60


def test_calls_come_when_they_are_due(set_clock):
    reactor, called = Reactor(), []
    clock.set_for(reactor)
    reactor.callLater(0, called.append, "now")
    reactor.callLater(3600, called.append, "in an hour")
    set_clock()
    reactor.runUntilCurrent()
    assert called == ["now"]
