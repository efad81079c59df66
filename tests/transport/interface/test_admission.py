"""Which frame goes to a worker when: without I/O, on a clock that is set by hand."""
from __future__ import unicode_literals

import pytest
from twisted.internet.task import Clock

from chartroom.transport.interface.admission import LEASE, LOOK, QUIET, Admission


class Peer(object):
    """A socket with frames to send: ``sent`` are those that went to a worker."""

    def __init__(self, admission, address, log):
        self.admission = admission
        self.flow = admission.flow(address, self._send, self._hold, self._release)
        self.log = log
        self.left = 0
        self.sent = 0
        self.is_held = False

    def has(self, frames):
        self.left += frames
        self._read()
        return self

    def _read(self):
        while self.left and not self.is_held:
            self.left -= 1
            self.admission.arrived(self.flow)

    def _send(self):
        self.sent += 1
        self.log.append(self)

    def _hold(self):
        self.is_held = True

    def _release(self):
        self.is_held = False
        self._read()


class World(object):

    def __init__(self, in_flight=2, bulk_in_flight=3, per_socket=None, per_address=None, bulk_pace=None):
        self.clock = Clock()
        self.admission = Admission(self.clock, in_flight, bulk_in_flight, per_socket, per_address, bulk_pace)
        self.log = []  # peers, in the order in which their frames went
        self.dealt_with = 0

    def peer(self, address="192.0.2.1"):
        return Peer(self.admission, address, self.log)

    def deal_with(self, count=1):
        """A worker takes the oldest, and reports it."""
        for _ in range(count):
            peer = self.log[self.dealt_with]
            self.dealt_with += 1
            self.admission.done(peer.flow)

    def wait(self, seconds):
        for _ in range(int(round(seconds / LOOK))):
            self.clock.advance(LOOK)
            self.admission.look()


def test_a_socket_has_a_bounded_number_under_way_and_is_held_at_it():
    world = World(in_flight=2)
    peer = world.peer().has(10)
    assert peer.sent == 2 and peer.is_held
    world.deal_with()
    assert peer.sent == 3


def test_all_of_them_go_in_the_end_and_in_their_order():
    world = World()
    peers = [world.peer().has(30) for _ in range(5)]
    for _ in range(150):
        world.deal_with()
    assert [peer.sent for peer in peers] == [30] * 5 and not any(peer.is_held for peer in peers)


def test_a_quiet_socket_goes_at_once_however_many_others_are_held():
    world = World(in_flight=2, bulk_in_flight=3)
    flooding = [world.peer().has(1000) for _ in range(100)]
    world.deal_with(300)
    under_way = len(world.log) - world.dealt_with
    assert under_way <= 3 + 2  # the shared places, and what went before they were held
    stranger = world.peer().has(1)
    assert stranger.sent == 1
    assert all(peer.is_held for peer in flooding)


def test_those_that_are_held_take_turns():
    world = World(in_flight=2, bulk_in_flight=1)
    first, second = world.peer().has(1000), world.peer().has(10)
    world.deal_with(24)
    assert second.sent == 10
    assert first.sent >= 10


def test_who_has_not_been_held_for_a_while_is_a_stranger_again():
    world = World(in_flight=1, bulk_in_flight=1)
    peer = world.peer().has(3)
    world.deal_with(3)
    assert not peer.flow.is_sparse(world.clock.seconds())
    world.wait(QUIET + LOOK)
    assert peer.flow.is_sparse(world.clock.seconds())


def test_who_is_quick_is_bulk_without_being_held():
    """One that keeps just below its bound all the time has no claim to go before others."""
    world = World(in_flight=100, bulk_in_flight=1)
    peer = world.peer()
    for _ in range(50):
        peer.has(1)
    assert peer.is_held


def test_a_report_that_never_comes_costs_a_lease():
    world = World(in_flight=2)
    peer = world.peer().has(4)
    world.wait(LEASE)
    assert peer.sent == 2
    world.wait(2 * LOOK)
    assert peer.sent == 4


def test_a_report_too_many_does_no_harm():
    world = World(in_flight=2, bulk_in_flight=1)
    peer = world.peer().has(2)
    for _ in range(5):
        world.admission.done(peer.flow)
    assert peer.has(5).sent <= 2 + 2


class TestAPace:

    def test_of_a_socket_delays_it_and_refuses_nothing(self):
        world = World(in_flight=1000, bulk_in_flight=1000, per_socket=(10, 1))
        peer = world.peer().has(40)
        assert peer.sent == 20  # twice its second, at once
        world.wait(1)
        assert 29 <= peer.sent <= 31
        world.wait(1)
        assert peer.sent == 40

    def test_of_an_address_is_shared_by_its_sockets(self):
        world = World(in_flight=1000, bulk_in_flight=1000, per_address=(10, 1))
        peers = [world.peer("192.0.2.1").has(10) for _ in range(5)]
        assert sum(peer.sent for peer in peers) == 10
        assert world.peer("192.0.2.2").has(10).sent == 10
        world.wait(2)
        assert 28 <= sum(peer.sent for peer in peers) <= 31

    def test_counts_what_needs_no_worker_too(self):
        world = World(per_socket=(10, 1))
        peer = world.peer()
        for _ in range(20):
            world.admission.spent(peer.flow)
        assert peer.is_held
        world.wait(0.5)
        assert not peer.is_held


class TestThePaceOfAllThatAreHeld:

    def test_is_shared_by_them_in_turns_and_strangers_have_none(self):
        world = World(in_flight=1, bulk_in_flight=2, bulk_pace=(10, 1))
        flooding = [world.peer().has(100) for _ in range(4)]
        for _ in range(40):
            world.deal_with(len(world.log) - world.dealt_with)
            world.wait(0.25)
        counts = [peer.sent for peer in flooding]
        assert max(counts) - min(counts) <= 1
        assert 80 <= sum(counts) <= 110  # ten seconds, and what went first
        assert world.peer().has(1).sent == 1

    def test_holds_nobody_for_ever(self):
        world = World(in_flight=1, bulk_in_flight=1, bulk_pace=(2, 1))
        peer = world.peer().has(5)
        for _ in range(12):
            world.deal_with(len(world.log) - world.dealt_with)
            world.wait(0.5)
        assert peer.sent == 5 and not peer.is_held


class TestASocketThatIsClosed:

    def test_gives_its_places_back(self):
        world = World(in_flight=2, bulk_in_flight=1)
        first, second = world.peer().has(10), world.peer().has(10)
        world.deal_with(4)
        world.admission.closed(first.flow)
        world.admission.closed(second.flow)
        third = world.peer().has(10)
        for _ in range(12):
            world.clock.advance(LEASE)
            world.admission.look()
        assert third.sent == 10

    @pytest.mark.parametrize("frames", [1, 10])
    def test_sends_nothing_any_more(self, frames):
        world = World(in_flight=1, bulk_in_flight=1, per_socket=(1, 1))
        peer = world.peer().has(frames + 1)
        world.admission.closed(peer.flow)
        sent = peer.sent
        world.wait(5)
        assert peer.sent == sent and not world.admission._busy


def test_what_is_remembered_of_addresses_does_not_grow():
    world = World(per_address=(10, 1))
    for number in range(1000):
        world.peer("192.0.2.%d" % number).has(1)
    world.wait(LEASE + 1)
    assert not world.admission.addresses._buckets
