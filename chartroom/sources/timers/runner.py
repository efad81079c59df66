"""The loop of ``runtimers``: publishes what is due, and sleeps until the next due time."""
from __future__ import unicode_literals

import logging
import time
from datetime import timedelta

from django import db
from django.db import transaction
from django.utils import timezone

from chartroom.models.schedule import in_utc
from chartroom.sources.timers import later, timers

logger = logging.getLogger(__name__)

BATCH = 100                             # rows of each kind loaded at once
POLL_EVERY = timedelta(seconds=1)       # longest sleep, so that changes in the admin take effect
SLICE = 0.1                             # seconds slept at a time, so that a signal takes effect
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds between retries while the database is unavailable
HOLD = timedelta(seconds=30)            # before a failed permission check is repeated
MAX_HELD = 500                          # held messages; with that many, none is sent until the first hold ends
CLEAN_UP_EVERY = timedelta(hours=1)


class Runner(object):
    """`end`, called from a signal handler or another thread, makes `run` return after the current message."""

    def __init__(self):
        self.is_ended = False
        self._held = {}  # {primary key of a message for later: end of its hold}
        self._clean_up_at = _now()

    def end(self):
        self.is_ended = True

    def run(self):
        pause = FIRST_PAUSE
        while not self.is_ended:
            try:
                wake_at = self.work()
            except db.Error as error:
                logger.error("The database does not answer (%s): trying again in %g s.", error, pause)
                _drop_connection()
                self._sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                self._sleep((wake_at - _now()).total_seconds())

    def work(self):
        """Publish what is due; return the time of the next run."""
        horizon = _now() + POLL_EVERY
        timers.plan_new(BATCH)
        self._clean_up()
        return min(self._publish_timers(horizon), self._send_later(horizon))

    def _publish_timers(self, horizon):
        found = timers.due(horizon, BATCH)
        wake_at = horizon
        for timer in found:
            due = in_utc(timer.next_at)
            if due > _now() or self.is_ended:
                return min(wake_at, due)
            # The published timer has a new due time.
            wake_at = min(wake_at, timers.publish_due(timer) or horizon)
        return _after_batch(found, wake_at)

    def _send_later(self, horizon):
        self._held = {pk: until for pk, until in self._held.items() if until > _now()}
        if len(self._held) >= MAX_HELD:
            return horizon
        found = later.due(horizon, BATCH, list(self._held))
        for message in found:
            due = in_utc(message.at)
            if due > _now() or self.is_ended:
                return due
            if not later.send(message):
                self._held[message.pk] = _now() + HOLD
                if len(self._held) >= MAX_HELD:
                    return horizon
        return _after_batch(found, horizon)

    def _clean_up(self):
        if _now() >= self._clean_up_at and later.delete_old() == 0:
            self._clean_up_at = _now() + CLEAN_UP_EVERY

    def _sleep(self, seconds):
        while seconds > 0 and not self.is_ended:
            time.sleep(min(seconds, SLICE))
            seconds -= SLICE


def _after_batch(found, wake_at):
    """Wake at once after a full batch: more rows may be due."""
    return _now() if len(found) == BATCH else wake_at


def _now():
    return in_utc(timezone.now())


def _drop_connection():
    # A connection that lost its server stays broken; the next query opens a new one.
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        connection.close()
