"""
A lease in Django's cache, which decides which of several processes reads the files.

The lease expires, so that another process takes over from one that was killed. A process
that can't renew it in time stops before it expires: `is_held` uses the process's own clock,
read before the cache was asked, and nothing is sent unless it is true.
"""
from __future__ import unicode_literals

import logging
import os
import uuid

from django.core.cache import cache
from django.db import close_old_connections

logger = logging.getLogger(__name__)

KEY = "chartroom.tail.reader"
SECONDS = 10     # until an unrenewed lease expires
MARGIN = 1       # seconds before it expires from which it no longer counts as held
RENEW_EVERY = 3  # seconds, while it is held
ASK_EVERY = 1    # seconds, on standby


def elapsed():
    """Seconds of a monotonic clock; `time.monotonic` does not exist on Python 2.7."""
    return os.times()[4]


class Lease(object):
    """``clock``: a function like `elapsed`, for tests."""

    def __init__(self, clock=elapsed):
        self.name = uuid.uuid4().hex
        self.clock = clock
        self.until = None   # a time of the clock; None: this process does not hold it
        self._asked = None

    @property
    def is_held(self):
        return self.until is not None and self.clock() < self.until

    def keep(self):
        """Acquire or renew the lease when that is due; return `is_held`."""
        now = self.clock()
        if self._asked is None or now - self._asked >= (RENEW_EVERY if self.until else ASK_EVERY):
            self._asked = now
            try:
                has_it = self._ask()
            except Exception as error:  # cache backends raise different errors
                logger.error("The cache does not answer (%s): trying again.", error)
                close_old_connections()  # for a cache in the database
            else:
                # Counted from before the request, which may have taken longer than the lease lasts.
                self.until = now + SECONDS - MARGIN if has_it else None
        if not self.is_held:
            self.until = None
        return self.is_held

    def _ask(self):
        if self.until is None:
            return cache.add(KEY, self.name, SECONDS)
        if cache.get(KEY) != self.name:
            return False
        cache.set(KEY, self.name, SECONDS)
        return True

    def give_up(self):
        """Release the lease, so that another process need not wait until it expires."""
        try:
            if self.is_held and cache.get(KEY) == self.name:
                cache.delete(KEY)
        except Exception as error:  # then it expires
            logger.error("The cache does not answer (%s): another process takes over in %d s.", error, SECONDS)
        self.until = None
