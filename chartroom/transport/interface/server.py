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

from chartroom.transport import hangup, options, process_records, rechecks
from chartroom.transport.interface import admission, clock, conf, health, recheck
from chartroom.transport.interface.access_log import AccessLog
from chartroom.transport.interface.factory import Factory
from chartroom.transport.interface.fanout import Fanout
from chartroom.transport.interface.keeper import Keeper
from chartroom.transport.interface.link import Link, Unavailable
from chartroom.transport.interface.outgoing import Outgoing
from chartroom.transport.interface.sockets import RESTART
from chartroom.transport.layers import FastLayer
from chartroom.transport.servers import check_access

logger = logging.getLogger(__name__)

BLOCK = 5  # seconds of one blocking command
MOST_ENTRIES = 200  # entries of one round trip
RETRY_PAUSE = 0.5  # seconds after a failed read
LONGEST_REST = 0.05  # seconds between two deliveries
# For `gc.set_threshold`: new objects until a collection, and the collections until one of the next generation.
GC_THRESHOLDS = (10000, 10, 5)
LATE = 1.0  # seconds by which a call of the reactor may be late without a sign of overload


def sleep(seconds):
    return task.deferLater(reactor, seconds, lambda: None)


def in_whole_milliseconds(timeout):
    """
    Wraps a reactor's ``timeout`` to round up, as Python 3's epoll does. Python 2.7's epoll
    rounds down, and the reactor would spin for the rest of the millisecond.
    """
    def rounded_up():
        seconds = timeout()
        return seconds and math.ceil(seconds * 1000) / 1000
    return rounded_up


class Server(daphne.server.Server):
    """
    daphne's server, with these differences: it never blocks on Redis, takes all
    waiting entries at once, builds the frame of a group's message once, and survives
    a restart of Redis. On SIGTERM it closes its sockets with 1012 and sends every
    disconnect to the workers.

    Raises `conf.CannotServe` for a layer that is not from `chartroom.transport.layers`; `run` raises
    `AccessRefused` if Redis wants another password.
    """

    def __init__(self, channel_layer, http_timeout=None, **daphne_options):
        self.layer = getattr(channel_layer, "channel_layer", channel_layer)
        if not isinstance(self.layer, FastLayer):
            raise conf.CannotServe(
                "rundaphne supports only the layers of chartroom.transport.layers, but CHANNEL_LAYERS uses %s. "
                "Change its BACKEND, or run daphne." % type(self.layer).__name__)
        self.bounds = conf.bounds()
        self.has_failed = False
        self.has_ended = False
        self.counts = Counter()
        clock.set_for(reactor)
        self.reading = None  # the link on which it waits for entries
        self.links = [Link(reactor, self.layer, index, self._send_heartbeat) for index in range(self.layer.ring_size)]
        daphne_options["force_sync"] = False  # For layers without asynchronous receiving.
        # No worker answers an expired request, so by default a request times out when its message expires.
        super(Server, self).__init__(
            channel_layer=Outgoing(self.layer, self.links, self._refused),
            http_timeout=self.layer.expiry if http_timeout is None else http_timeout, **daphne_options)

    def run(self):
        check_access(self.layer)
        # Sockets live long, and each full garbage collection blocks all of them: a tenth of a connect's cost.
        gc.set_threshold(*GC_THRESHOLDS)
        reactor.timeout = in_whole_milliseconds(reactor.timeout)
        access_log = AccessLog(self.action_logger)
        hangup.install(also=[lambda: reactor.callFromThread(access_log.reopen)])
        # The stock server has no option for its factory.
        daphne.server.HTTPFactory = self._make_factory
        reactor.addSystemEventTrigger("before", "shutdown", self._drain)
        super(Server, self).run()

    def _make_factory(self, channel_layer, **options):
        factory = Factory(
            channel_layer, bounds=self.bounds, count_slow=self._count_slow, count_refused=self._count_refused, failing=self._failing,
            **options)
        self.process = factory.send_channel
        self.recheck = recheck.Recheck(lambda: factory.sockets, self.channel_layer.send, self.bounds.recheck_every)
        self.fanout = Fanout(self.layer, factory, self._forget, self.counts, self.recheck.request)
        self.keeper = Keeper(self.layer, self.process, self.counts)
        return factory

    def on_listener_error(self, failure):
        """Stops the server; stock daphne goes on without a port."""
        super(Server, self).on_listener_error(failure)
        self.has_failed = True
        reactor.callWhenRunning(reactor.stop)

    # Receiving from Redis

    def backend_reader_twisted(self):
        """daphne calls this when the reactor runs."""
        for link in self.links:
            link.start()
        self.reading = Link(reactor, self.layer, self.layer.consistent_hash(self.process), is_quiet=True)
        self.reading.start()
        self.keeper.start()
        task.LoopingCall(self.factory.look_after_pace).start(admission.LOOK, now=False)
        task.LoopingCall(self.recheck.step).start(recheck.STEP, now=False)
        self._checked_at = reactor.seconds()
        task.LoopingCall(self._check_links).start(options.HEARTBEAT_INTERVAL, now=False)
        self._read().addErrback(lambda failure: logger.critical("The reader has stopped: %s", failure.getTraceback()))

    @defer.inlineCallbacks
    def _read(self):
        key = self.layer.prefix + self.process
        while not self.has_ended:
            connection = yield self.reading.connected()
            # Blocks for one entry, then takes all that wait behind it: one round trip.
            (waited, first), (took, more) = yield defer.DeferredList([
                connection.command("BLPOP", key, BLOCK), connection.script("take_many", [key], [MOST_ENTRIES]),
            ], consumeErrors=True)
            raws = ([first[1]] if waited and first else []) + (more if took else [])
            try:
                yield task.coiterate(self.fanout.deliver(raws))
            except Exception:
                logger.exception("A delivery failed.")
            if waited and took:
                # Leaves as much time for incoming data; entries that arrive meanwhile share one write.
                yield sleep(min(self.fanout.spent, LONGEST_REST))
            elif not self.has_ended:
                # Entries on their way are lost with the connection; rooms detect that by the sequence numbers.
                logger.warning("Up to %d messages may be lost with a connection to Redis: %s", MOST_ENTRIES + 1, [
                    answer.getErrorMessage() for has_answer, answer in ((waited, first), (took, more)) if not has_answer])
                connection.transport.loseConnection()
                yield sleep(RETRY_PAUSE)

    # Heartbeat, and outages of Redis

    @defer.inlineCallbacks
    def _send_heartbeat(self, connection):
        for words in self.layer.process_records.commands(self.process, process_records.INTERFACE, sockets=len(self.factory.sockets)):
            connection.command(*words).addErrback(self._log_failure)
        is_known = yield connection.script(
            "heartbeat", self.layer.interfaces.heartbeat_keys(self.process), [options.HEARTBEAT_LIFETIME, self.process])
        if not is_known and connection.factory.has_been_up:
            self._close_all_for_reconnect()
        # Later, when this connection is the link's usable one.
        reactor.callLater(0, lambda: task.coiterate(self.channel_layer.send_kept()).addErrback(self._log_failure))

    def _check_links(self):
        # A reactor that comes late has not read Redis's answers either: that is no fault of Redis.
        now = reactor.seconds()
        is_late = now - self._checked_at > options.HEARTBEAT_INTERVAL + LATE
        self._checked_at = now
        if not is_late:
            self.reading.end_if_it_hangs()
        for link in self.links:
            if not is_late:
                link.end_if_it_hangs()
            if link.connection is not None:
                self._send_heartbeat(link.connection).addErrback(self._log_failure)

    def _log_failure(self, failure):
        # The link logs a lost connection.
        if not failure.check(Unavailable):
            logger.error("A Redis command failed: %s", failure.getErrorMessage())

    def _close_all_for_reconnect(self):
        """Redis has lost the groups. A socket that no worker has received yet needs no close."""
        waiting = self.channel_layer.waiting
        sockets = [socket for socket in self.factory.sockets if socket.reply_channel not in waiting]
        if sockets:
            logger.error("Redis has lost its memory: closing %d sockets with 1012, so that they reconnect.", len(sockets))
        for socket in sockets:
            reactor.callLater(random.uniform(0, conf.RECONNECT_WITHIN), socket.end, RESTART)

    def _forget(self, group, channels):
        """Removes members whose socket does not exist any more from a group."""
        link = self.links[self.layer.consistent_hash(group)]
        if link.has_room:
            link.connection.command("ZREM", self.layer._group_key(group), *channels).addErrback(lambda failure: None)

    def _refused(self, reply_channel, channel, why):
        if channel == rechecks.CHANNEL:
            self.recheck.refused(why)
            return
        self.factory.refused(reply_channel, channel, why)

    def _failing(self):
        return health.failing(self.links + [self.reading], self.channel_layer.is_open)

    def _count_slow(self):
        self.counts[self.layer.STAT_SLOW] += 1

    def _count_refused(self):
        self.counts[self.layer.STAT_REFUSED] += 1

    # Shutdown

    @defer.inlineCallbacks
    def _drain(self):
        """The reactor waits for this before it stops."""
        started = reactor.seconds()
        self.channel_layer.is_open = False
        for listener in self.listeners:
            listener.addCallback(lambda port: port and port.stopListening())
        for number, protocol in enumerate(list(self.factory.reply_protocols.values())):
            try:
                protocol.end(RESTART)
            except Exception:
                logger.exception("Could not close a socket or request.")
            if number % 100 == 0:
                yield sleep(0)

        while self.factory.reply_protocols and reactor.seconds() - started < conf.CLOSED_WITHIN:
            yield sleep(0.05)
        for protocol in list(self.factory.reply_protocols.values()):
            if protocol.transport is not None:
                protocol.transport.abortConnection()

        # The reactor ends a cut connection later, and only then sends its disconnect.
        while not self._is_drained and reactor.seconds() - started < conf.DRAINED_WITHIN:
            yield sleep(0.05)
        if not self._is_drained:
            logger.error("Redis did not accept all disconnects in time.")
        # Without a heartbeat, other processes may clean up after this one at once.
        yield defer.DeferredList([
            link.connection.command("DEL", key).addTimeout(0.5, reactor)
            for link in self.links if link.connection is not None
            for key in (self.layer.interfaces.heartbeat_key(self.process), self.layer.process_records.key(self.process))
        ], consumeErrors=True)
        yield threads.deferToThread(self.keeper.stop, 1)
        self.has_ended = True
        for link in self.links + [self.reading]:
            link.stop()

    @property
    def _is_drained(self):
        return not self.factory.reply_protocols and self.channel_layer.is_done
