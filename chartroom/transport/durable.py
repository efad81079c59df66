# coding: utf-8
"""
Durable channels: what a worker took and has not dealt with is not lost with it.

Taking an entry moves it to the worker's own in-flight list. It is *settled*
(deleted) when its consumer has returned and what that sent is out; *given
back*, to the front of the queue, when the consumer raised, or when the worker's
heartbeat has run out. What was given back too often goes to the dead letters.
So each entry is dealt with at least once; who must not do it twice, knows it by
an id of its own.
"""
from __future__ import unicode_literals

import logging
import os
import random
import socket
import string
import threading
import time
import weakref

import redis

logger = logging.getLogger(__name__)

# Parts of keys that are no channel's name.
WORKERS = "#workers#"
HEARTBEAT = "#heartbeat#"
IN_FLIGHT = "#in-flight#"
DEAD = "#dead#"
BELL = "#bell#"


def beat(reference, ended):
    """
    A consumer may take longer than a heartbeat lasts, so a thread renews it; it
    ends with the layer that it is for, or when it is told to.
    """
    while True:
        in_flight = reference()
        if in_flight is None:
            return
        pause = in_flight.lifetime / 3.0
        in_flight.renew()
        del in_flight
        if ended.wait(pause):
            return


class InFlight(object):
    """What the workers of this process have in flight: each thread is a worker of its own."""

    def __init__(self, layer, recover_after, max_tries):
        self.layer = layer
        self.max_tries = max_tries
        # Of the time within which another worker must have it, half is for the heartbeat to run out.
        self.lifetime = max(1, recover_after // 2)
        self.longest_wait = max(1, min(layer.blpop_timeout, recover_after // 4))
        self._threads = threading.local()
        self._beating = {}
        self._lock = threading.Lock()
        self._heart = None
        self._ended = threading.Event()

    @property
    def _worker(self):
        if not hasattr(self._threads, "name"):
            tail = "".join(random.choice(string.ascii_letters) for _ in range(8))
            self._threads.name = "%s.%d.%s" % (socket.gethostname(), os.getpid(), tail)
            self._threads.held = {}  # {(channel, server): entries in flight that it knows of}
            self._threads.looked = 0
        return self._threads

    def key(self, channel, worker=None):
        return "%s%s%s:%s" % (self.layer.prefix, IN_FLIGHT, worker or self._worker.name, channel)

    def worker_args(self):
        """For ``take.lua``: with its first entry a worker is known, and its heart beats."""
        name = self._worker.name
        return [self.layer.prefix + WORKERS, name, self._heartbeat(name), self.lifetime]

    def _heartbeat(self, worker):
        return self.layer.prefix + HEARTBEAT + worker

    def known(self, channel, index):
        """
        How many entries this worker knows to be in flight for it. There may be
        more: where Redis moved one and its answer was lost on the way, the next
        take gets that one again.
        """
        return self._worker.held.setdefault((channel, index), 0)

    def took(self, channel, index, count=1):
        self._worker.held[channel, index] += count
        with self._lock:
            self._beating.setdefault(self._worker.name, (threading.current_thread(), set()))[1].add(index)
            if self._heart is None:
                self._heart = threading.Thread(target=beat, args=(weakref.ref(self), self._ended))
                self._heart.daemon = True
                self._heart.start()

    def renew(self):
        """One heartbeat for each worker whose thread lives."""
        with self._lock:
            beating = [
                (worker, index) for worker, (thread, indexes) in self._beating.items()
                if thread.is_alive() for index in indexes
            ]
        for worker, index in beating:
            try:
                self.layer.connection(index).execute_command(str("SETEX"), self._heartbeat(worker), self.lifetime, 1)
            except redis.RedisError as error:
                logger.warning("No heartbeat for the worker %s: %s", worker, error)

    def stop(self, within):
        """
        No heartbeat any more; waits for the thread's end for ``within`` seconds. One that lives
        on while Python 2.7 takes its modules apart ends in a traceback.
        """
        self._ended.set()
        if self._heart is not None:
            self._heart.join(within)

    def settle(self):
        """All that this worker took is dealt with."""
        held = self._worker.held
        for (channel, index), count in held.items():
            if count:
                self.layer.connection(index).ltrim(self.key(channel), count, -1)
                held[channel, index] = 0

    def give_back(self):
        """All that this worker took goes back, to be tried again."""
        held = self._worker.held
        for channel, index in held:
            self._give_back(channel, self._worker.name, index)
            held[channel, index] = 0

    def recover(self):
        """Gives back what dead workers held; looks at most every `longest_wait` seconds."""
        worker, now = self._worker, time.time()
        if not self.layer.durable or now - worker.looked < self.longest_wait:
            return
        worker.looked = now
        for index in range(self.layer.ring_size):
            connection = self.layer.connection(index)
            workers = self.layer.prefix + WORKERS
            for name in [member.decode("ascii") for member in connection.smembers(workers)]:
                if connection.exists(self._heartbeat(name)):
                    continue
                for channel in self.layer.durable:
                    self._give_back(channel, name, index)
                connection.srem(workers, name)

    def _give_back(self, channel, worker, index):
        layer = self.layer
        given, dead = layer._give_back(
            keys=[self.key(channel, worker), layer.prefix + channel, layer._bell(channel), self.dead_key(channel)],
            args=[self.max_tries], client=layer.connection(index),
        )
        if given:
            layer._count(layer.STAT_RECOVERED, given, channel)
            logger.warning("%d entries of %s go back to the queue: the worker %s did not settle them.", given, channel, worker)
        if dead:
            layer._count(layer.STAT_DEAD, dead, channel)
            logger.error(
                "%d entries of %s were tried %d times in vain, and are dead letters now: see `manage.py deadletters`.",
                dead, channel, self.max_tries)

    def bury(self, channel, raw, index):
        """An entry that this worker took and can't read is a dead letter at once: another key may open it."""
        self.layer.connection(index).lpush(self.dead_key(channel), raw)
        self.layer._count(self.layer.STAT_DEAD, 1, channel)

    def dead_key(self, channel):
        return self.layer.prefix + DEAD + channel
