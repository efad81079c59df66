# coding: utf-8
"""Periodic maintenance in Redis by an interface process."""
from __future__ import unicode_literals

import logging
from collections import Counter

import redis
from monotonic import monotonic

from chartroom.transport import options
from chartroom.transport.periodic import Periodic

logger = logging.getLogger(__name__)


class Keeper(object):
    """
    Removes the memberships of processes that have exited, renews those of this
    process's sockets, and writes its statistics. In a thread, because redis-py blocks.
    """

    def __init__(self, layer, process, counts):
        self.layer = layer
        self.process = process
        self.counts = counts
        self._written = Counter()
        self._last_renewal = monotonic()
        self._thread = Periodic(self._keep_safely, options.CLEANUP_INTERVAL, "keeper")

    def start(self):
        self._thread.start()

    def stop(self, within):
        """Returns when the thread has ended, or after ``within`` seconds."""
        self._thread.stop(within)

    def _keep_safely(self):
        try:
            self.keep()
        except redis.RedisError as error:
            logger.debug("Redis does not answer: %s", error)
        except Exception:
            logger.exception("Periodic maintenance failed.")

    def keep(self):
        self.layer.interfaces.forget_dead()
        if monotonic() - self._last_renewal > self.layer.group_expiry / 4.0:
            self._last_renewal = monotonic()
            self.layer.interfaces.renew(self.process)
        for stat, number in list(self.counts.items()):
            new = number - self._written[stat]
            if new:
                self.layer._count(stat, new, self.process)
                self._written[stat] = number
