"""The loop of ``runtimers``: says what is due, and sleeps until something is again."""
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

BATCH = 100                          # rows of each kind that are read at once
POLL_EVERY = timedelta(seconds=1)    # so that what the admin changes is seen
SLICE = 0.1                          # seconds until a signal is noticed
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # seconds while the database is away
HOLD = timedelta(seconds=30)         # for one of which nobody could say whether it may be sent
MAX_HELD = 500                      # with so many, nothing is sent until the first hold ends
CLEAN_UP_EVERY = timedelta(hours=1)


class Runner(object):
    """`run` returns after `end` was called, from a signal's handler or another thread, and what is in hand is done."""

    def __init__(self):
        self.is_ended = False
        self._held = {}  # {primary key of a message for later: until when}
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
        """Says what is due; returns the time at which to look again."""
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
            # Said, it has a due time of its own again.
            wake_at = min(wake_at, timers.say(timer) or horizon)
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
    """A full batch may have left some that are due behind it."""
    return _now() if len(found) == BATCH else wake_at


def _now():
    return in_utc(timezone.now())


def _drop_connection():
    # One whose server went away stays broken; the next query opens a new one.
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        connection.close()
