# coding: utf-8
"""
Durable channels: entries that a worker has taken survive the worker.

Taking an entry moves it to the worker's own in-flight list. It is *settled*
(deleted) when its consumer has returned and the consumer's own messages are
sent. It is *requeued*, at the front of its queue, when the consumer raised or
the worker's heartbeat has expired. An entry that was requeued too often becomes
a dead letter. So each entry is handled at least once; a consumer that must not
repeat its work recognises an entry by an id of its own.
"""
from __future__ import unicode_literals

import logging
import os
import random
import socket
import string
import threading
import weakref
from functools import partial

from monotonic import monotonic


from chartroom.transport.periodic import Periodic

logger = logging.getLogger(__name__)

# Parts of keys; no channel name contains a "#".
WORKERS = "#workers#"
HEARTBEAT = "#heartbeat#"
IN_FLIGHT = "#in-flight#"
DEAD = "#dead#"
WAKE_UP = "#bell#"


def renew_heartbeats(reference):
    """The task of the heartbeat thread, which must not keep a discarded layer alive: False ends it."""
    in_flight = reference()
    return in_flight is not None and in_flight.renew()


class InFlight(object):
    """The entries in flight of this process's workers. Each thread is a worker of its own."""

    def __init__(self, layer, recover_after, max_tries):
        self.layer = layer
        self.max_tries = max_tries
        # Seconds. Within `recover_after`, the heartbeat must expire and another worker must notice that.
        self.heartbeat_lifetime = max(1, recover_after // 2)
        self.recovery_interval = max(1, min(layer.blpop_timeout, recover_after // 4))
        self._threads = threading.local()
        self._living = {}  # {worker: (its thread, the servers that have its heartbeat)}
        self._lock = threading.Lock()
        self._heartbeat_thread = None

    @property
    def _worker(self):
        if not hasattr(self._threads, "name"):
            tail = "".join(random.choice(string.ascii_letters) for _ in range(8))
            self._threads.name = "%s.%d.%s" % (socket.gethostname(), os.getpid(), tail)
            self._threads.counts = {}  # {(channel, server): entries in flight that this worker knows of}
            self._threads.last_recovery = 0
        return self._threads

    @property
    def worker_name(self):
        """Of this thread's worker."""
        return self._worker.name

    def key(self, channel, worker=None):
        """Of a worker's in-flight list; by default this thread's."""
        return "%s%s%s:%s" % (self.layer.prefix, IN_FLIGHT, worker or self._worker.name, channel)

    def wake_up_key(self, channel):
        """Of the list on which workers block until a durable channel has an entry."""
        return self.layer.prefix + WAKE_UP + channel

    def dead_key(self, channel):
        """Of the list of a channel's dead letters."""
        return self.layer.prefix + DEAD + channel

    def worker_args(self):
        """For ``take.lua``, which registers the worker and sets its heartbeat with the first entry."""
        name = self._worker.name
        return [self.layer.prefix + WORKERS, name, self._heartbeat_key(name), self.heartbeat_lifetime]

    def _heartbeat_key(self, worker):
        return self.layer.prefix + HEARTBEAT + worker

    def known_count(self, channel, index):
        """
        How many entries this worker knows to be in flight for it. Redis may hold
        more: when its answer to a take was lost, the next take returns those entries.
        """
        return self._worker.counts.setdefault((channel, index), 0)

    def add(self, channel, index, count=1):
        """Records entries that this worker has taken from a server."""
        self._worker.counts[channel, index] += count
        with self._lock:
            self._living.setdefault(self._worker.name, (threading.current_thread(), set()))[1].add(index)
            if self._heartbeat_thread is None:
                # A consumer may take longer than a heartbeat lasts, so a thread renews it.
                self._heartbeat_thread = Periodic(
                    partial(renew_heartbeats, weakref.ref(self)), self.heartbeat_lifetime / 3.0, "worker heartbeat")
                self._heartbeat_thread.start()

    def renew(self):
        """Sends one heartbeat for each worker whose thread is alive."""
        with self._lock:
            living = [
                (worker, index) for worker, (thread, indexes) in self._living.items()
                if thread.is_alive() for index in indexes
            ]
        for worker, index in living:
            try:
                self.layer.connection(index).execute_command(
                    str("SETEX"), self._heartbeat_key(worker), self.heartbeat_lifetime, 1)
            except Exception as error:  # redis-py raises other errors too. Without this thread the worker would count as dead.
                logger.warning("Could not renew the heartbeat of worker %s: %s", worker, error)

    def stop(self, within):
        """Stops the heartbeat; waits up to ``within`` seconds for its thread."""
        if self._heartbeat_thread is not None:
            self._heartbeat_thread.stop(within)

    def settle(self):
        """Deletes all entries that this worker has in flight."""
        counts = self._worker.counts
        for (channel, index), count in counts.items():
            if count:
                self.layer.connection(index).ltrim(self.key(channel), count, -1)
                counts[channel, index] = 0

    def requeue(self):
        """Puts all entries that this worker has in flight back onto their queues."""
        counts = self._worker.counts
        for channel, index in counts:
            self._requeue(channel, self._worker.name, index)
            counts[channel, index] = 0

    def recover(self):
        """Requeues the entries of dead workers; looks for them at most every `recovery_interval` seconds."""
        worker, now = self._worker, monotonic()
        if not self.layer.durable or now - worker.last_recovery < self.recovery_interval:
            return
        worker.last_recovery = now
        for index in range(self.layer.ring_size):
            connection = self.layer.connection(index)
            workers = self.layer.prefix + WORKERS
            for name in [member.decode("ascii") for member in connection.smembers(workers)]:
                if connection.exists(self._heartbeat_key(name)):
                    continue
                for channel in self.layer.durable:
                    self._requeue(channel, name, index)
                connection.srem(workers, name)

    def _requeue(self, channel, worker, index):
        layer = self.layer
        requeued, dead = layer._requeue(
            keys=[self.key(channel, worker), layer.prefix + channel, self.wake_up_key(channel), self.dead_key(channel)],
            args=[self.max_tries], client=layer.connection(index),
        )
        if requeued:
            layer._count(layer.STAT_RECOVERED, requeued, channel)
            logger.warning(
                "%d entries of %s go back to the queue: worker %s did not settle them.", requeued, channel, worker)
        if dead:
            layer._count(layer.STAT_DEAD, dead, channel)
            logger.error(
                "%d entries of %s failed %d times and are dead letters now: see `manage.py deadletters`.",
                dead, channel, self.max_tries)

    def add_dead_letter(self, channel, raw, index):
        """For an entry that this worker took and can't read: another encryption key may still open it."""
        self.layer.connection(index).lpush(self.dead_key(channel), raw)
        self.layer._count(self.layer.STAT_DEAD, 1, channel)
