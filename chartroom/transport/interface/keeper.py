# coding: utf-8
"""What an interface process does for Redis now and then, beside its sockets."""
from __future__ import unicode_literals

import logging
import threading
import time
from collections import Counter

import redis

from chartroom.transport import interfaces

logger = logging.getLogger(__name__)


class Keeper(threading.Thread):
    """
    Forgets processes that are gone, renews the memberships of this one's sockets,
    and writes down what was counted. A thread: redis-py waits for its answers.
    """

    daemon = True

    def __init__(self, layer, process, counts):
        super(Keeper, self).__init__(name="keeper")
        self.layer = layer
        self.process = process
        self.counts = counts
        self._written = Counter()
        self._renewed = time.time()
        self._stopped = threading.Event()

    def run(self):
        while not self._stopped.is_set():
            try:
                self.keep()
            except redis.RedisError as error:
                logger.debug("Redis does not answer: %s", error)
            except Exception:
                logger.exception("What is to be kept up could not be.")
            self._stopped.wait(interfaces.LOOK)

    def keep(self):
        self.layer.interfaces.forget_gone()
        if time.time() - self._renewed > self.layer.group_expiry / 4.0:
            self._renewed = time.time()
            self.layer.interfaces.renew(self.process)
        for stat, number in list(self.counts.items()):
            new = number - self._written[stat]
            if new:
                self.layer._count(stat, new, self.process)
                self._written[stat] = number

    def stop(self, within):
        """Returns when it has ended, or after ``within`` seconds: a Redis that hangs may hold it longer."""
        self._stopped.set()
        if self.is_alive():
            self.join(within)
