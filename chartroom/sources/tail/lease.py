"""
Which of several processes reads: the one whose name stands in Django's cache.

The name runs out by itself, so that another one takes over from a process that was
killed. Who can't renew it in time stops before it runs out: `is_held` goes by a clock
of the process, started before the cache was asked, and nothing is sent without it.
"""
from __future__ import unicode_literals

import logging
import os
import uuid

from django.core.cache import cache
from django.db import close_old_connections

logger = logging.getLogger(__name__)

KEY = "chartroom.tail.reader"
SECONDS = 10
MARGIN = 1       # seconds before its end after which it is not believed any more
RENEW_EVERY = 3  # seconds
ASK_EVERY = 1    # seconds, of one that stands by


def elapsed():
    """Seconds of a clock that nobody sets; `time.monotonic` is not there on Python 2.7."""
    return os.times()[4]


class Lease(object):
    """``clock``: as `elapsed`, for tests."""

    def __init__(self, clock=elapsed):
        self.name = uuid.uuid4().hex
        self.clock = clock
        self.until = None   # of the clock; None: it is another's, or nobody's
        self._asked = None

    @property
    def is_held(self):
        return self.until is not None and self.clock() < self.until

    def keep(self):
        """Takes it where it is free, renews it where it is held; asks the cache only when it is time to. Returns `is_held`."""
        now = self.clock()
        if self._asked is None or now - self._asked >= (RENEW_EVERY if self.until else ASK_EVERY):
            self._asked = now
            try:
                has_it = self._ask()
            except Exception as error:  # whatever a cache raises when it does not answer
                logger.error("The cache does not answer (%s): asking again.", error)
                close_old_connections()  # of a cache in the database
            else:
                # From the asking on: the answer may have taken longer than the name lives.
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
        """So that another one need not wait for the end of it."""
        try:
            if self.is_held and cache.get(KEY) == self.name:
                cache.delete(KEY)
        except Exception as error:  # then it runs out
            logger.error("The cache does not answer (%s): another process takes over in %d s.", error, SECONDS)
        self.until = None
