# coding: utf-8
"""daphne's server on a `chartroom.transport` layer."""
from __future__ import unicode_literals

import gc
import logging
import math
import random
from collections import Counter

import daphne.server
from twisted.internet import defer, reactor, task, threads

from chartroom.transport import interfaces
from chartroom.transport.interface import conf
from chartroom.transport.interface.conf import CannotServe
from chartroom.transport.interface.factory import Factory
from chartroom.transport.interface.fanout import Fanout
from chartroom.transport.interface.keeper import Keeper
from chartroom.transport.interface.link import Away, Link
from chartroom.transport.interface.outgoing import Outgoing
from chartroom.transport.interface.sockets import RESTART
from chartroom.transport.layers import FastLayer

logger = logging.getLogger(__name__)

WAIT = 5  # seconds of one blocking command
MANY = 200  # entries of one round trip
PAUSE = 0.5  # seconds after an answer that was none
LONGEST_REST = 0.05  # seconds between two deliveries
SPREAD = 4.0  # seconds over which sockets are told to come back, so that they don't all come at once
# Seconds after SIGTERM for the sockets' ends, and for telling the workers: honcho, for one, kills
# after five, and supervisor after ten. A Redis that hangs costs one and a half more.
CLOSING, DRAINING = 3, 8
SEARCHES = (10000, 10, 5)  # for garbage: new objects until one, and how many until one among the older, the oldest


def sleep(seconds):
    return task.deferLater(reactor, seconds, lambda: None)


def in_whole_milliseconds(timeout):
    """
    A reactor's ``timeout``, rounded up as Python 3's epoll does it by itself: 2.7's rounds
    down, and until the rest of a millisecond is over the reactor would turn without a pause.
    """
    def rounded_up():
        seconds = timeout()
        return seconds and math.ceil(seconds * 1000) / 1000
    return rounded_up


class Server(daphne.server.Server):
    """
    daphne's own, but: it never waits for Redis, takes all that waits there at
    once, writes a group's frame as it is to all its sockets, and outlives Redis.
    On SIGTERM it closes its sockets (1012) and tells the workers of each.

    Raises `CannotServe` for another layer than ours.
    """

    def __init__(self, channel_layer, http_timeout=None, **options):
        self.layer = getattr(channel_layer, "channel_layer", channel_layer)
        if not isinstance(self.layer, FastLayer):
            raise CannotServe(
                "rundaphne reads a layer of chartroom.transport.layers only, and CHANNEL_LAYERS names %s. "
                "Change its BACKEND, or run daphne." % type(self.layer).__name__)
        self.bounds = conf.bounds()
        self.has_failed = False
        self.has_ended = False
        self.counts = Counter()
        self.links = [Link(reactor, self.layer, index, self._beat) for index in range(self.layer.ring_size)]
        options["force_sync"] = False  # That is for layers that can't do otherwise.
        # An expired request is answered by nobody.
        super(Server, self).__init__(
            channel_layer=Outgoing(self.layer, self.links, self._refused),
            http_timeout=self.layer.expiry if http_timeout is None else http_timeout, **options)

    def run(self):
        # Sockets live long, and a search for garbage among all of them stops all of them: a tenth of a connect's cost.
        gc.set_threshold(*SEARCHES)
        reactor.timeout = in_whole_milliseconds(reactor.timeout)
        # The stock server has no other place to say which factory it uses.
        daphne.server.HTTPFactory = self._make_factory
        reactor.addSystemEventTrigger("before", "shutdown", self._drain)
        super(Server, self).run()

    def _make_factory(self, channel_layer, **options):
        factory = Factory(channel_layer, bounds=self.bounds, count_slow=self._count_slow, **options)
        self.process = factory.send_channel
        self.fanout = Fanout(self.layer, factory, self._forget, self.counts)
        self.keeper = Keeper(self.layer, self.process, self.counts)
        return factory

    def on_listener_error(self, failure):
        """A server that listens nowhere is none."""
        super(Server, self).on_listener_error(failure)
        self.has_failed = True
        reactor.callWhenRunning(reactor.stop)

    # In from Redis

    def backend_reader_twisted(self):
        """daphne calls it when the reactor runs."""
        for link in self.links:
            link.start()
        self.reading = Link(reactor, self.layer, self.layer.consistent_hash(self.process), is_quiet=True)
        self.reading.start()
        self.keeper.start()
        task.LoopingCall(self._look_after).start(interfaces.BEAT, now=False)
        self._read().addErrback(lambda failure: logger.critical("Reads no more: %s", failure.getTraceback()))

    @defer.inlineCallbacks
    def _read(self):
        key = self.layer.prefix + self.process
        while not self.has_ended:
            connection = yield self.reading.connected()
            # Waits for one, and takes all that stands behind it: one round trip.
            (waited, first), (took, more) = yield defer.DeferredList([
                connection.command("BLPOP", key, WAIT), connection.script("take_many", [key], [MANY]),
            ], consumeErrors=True)
            raws = ([first[1]] if waited and first else []) + (more if took else [])
            try:
                yield task.coiterate(self.fanout.deliver(raws))
            except Exception:
                logger.exception("A delivery failed.")
            if waited and took:
                # As long again is for what comes in; what piles up meanwhile costs one write for all of it.
                yield sleep(min(self.fanout.spent, LONGEST_REST))
            elif not self.has_ended:
                # What was on its way to us is lost with a connection: rooms notice by their numbers.
                logger.warning("Up to %d messages may be lost with a connection to Redis: %s", MANY + 1, [
                    answer.getErrorMessage() for is_there, answer in ((waited, first), (took, more)) if not is_there])
                connection.transport.loseConnection()
                yield sleep(PAUSE)

    # Redis comes and goes

    @defer.inlineCallbacks
    def _beat(self, connection):
        is_known = yield connection.script("beat", [self.layer.interfaces.heartbeat(self.process)], [interfaces.LIFETIME])
        if not is_known and connection.factory.has_been_up:
            self._memory_is_lost()
        # When the link has it as its own.
        reactor.callLater(0, lambda: task.coiterate(self.channel_layer.send_kept()).addErrback(self._tell))

    def _look_after(self):
        self.reading.end_if_it_hangs()
        for link in self.links:
            link.end_if_it_hangs()
            if link.connection is not None:
                self._beat(link.connection).addErrback(self._tell)

    def _tell(self, failure):
        # A lost connection is told by its link.
        if not failure.check(Away):
            logger.error("Redis does not do what it should: %s", failure.getErrorMessage())

    def _memory_is_lost(self):
        waiting = self.channel_layer.waiting
        sockets = [socket for socket in self.factory.sockets if socket.reply_channel not in waiting]
        if sockets:
            logger.error("Redis has lost its memory: %d sockets are told to come back (1012).", len(sockets))
        for socket in sockets:
            reactor.callLater(random.uniform(0, SPREAD), socket.end, RESTART)

    def _forget(self, group, channels):
        """Sockets that are gone, and whose group does not know."""
        link = self.links[self.layer.consistent_hash(group)]
        if link.has_room:
            link.connection.command("ZREM", self.layer._group_key(group), *channels).addErrback(lambda failure: None)

    def _refused(self, reply_channel, channel, why):
        self.factory.refused(reply_channel, channel, why)

    def _count_slow(self):
        self.counts[self.layer.STAT_SLOW] += 1

    # The end

    @defer.inlineCallbacks
    def _drain(self):
        """Called before the reactor stops, and waited for."""
        started = reactor.seconds()
        self.channel_layer.is_open = False
        for listener in self.listeners:
            listener.addCallback(lambda port: port and port.stopListening())
        for number, protocol in enumerate(list(self.factory.reply_protocols.values())):
            try:
                protocol.end(RESTART)
            except Exception:
                logger.exception("A socket or request could not be told to end.")
            if number % 100 == 0:
                yield sleep(0)

        while self.factory.reply_protocols and reactor.seconds() - started < CLOSING:
            yield sleep(0.05)
        for protocol in list(self.factory.reply_protocols.values()):
            if protocol.transport is not None:
                protocol.transport.abortConnection()

        # One that is cut is gone in a later turn of the reactor, and only then is its disconnect on its way.
        while not self._has_told_all and reactor.seconds() - started < DRAINING:
            yield sleep(0.05)
        if not self._has_told_all:
            logger.error("Redis did not take all of the disconnects in time.")
        # Without a heartbeat it is gone, and anybody may clean up behind it.
        yield defer.DeferredList([
            link.connection.command("DEL", self.layer.interfaces.heartbeat(self.process)).addTimeout(0.5, reactor)
            for link in self.links if link.connection is not None
        ], consumeErrors=True)
        # A thread that lives on while Python 2.7 takes its modules apart ends in a traceback.
        yield threads.deferToThread(self.keeper.stop, 1)
        self.has_ended = True
        for link in self.links + [self.reading]:
            link.stop()

    @property
    def _has_told_all(self):
        return not self.factory.reply_protocols and self.channel_layer.is_done
