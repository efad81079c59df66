# coding: utf-8
"""
When a timer is due: on a fixed grid of seconds, or by a cron expression in the
project's time zone. Moments are aware datetimes in UTC.

Both kinds have ``after(moment)``, the first due time behind it, and
``follow(seen, now)``: what to do where ``seen`` was due, and it is ``now``.
"""
from __future__ import unicode_literals

import re
from collections import namedtuple
from datetime import datetime, timedelta

import six
from croniter import CroniterBadDateError, croniter
from django.conf import settings
from django.utils import timezone
from django.utils.translation import ugettext as _

MAX_EVERY = 31536000  # seconds: a year
MAX_COUNTED = 1000    # missed times of a cron expression

CRON_FIELDS = 5
CRON_CHARACTERS = re.compile(r"[0-9A-Za-z*,/#\s-]+\Z")
CRON_NAMES = frozenset("jan feb mar apr may jun jul aug sep oct nov dec sun mon tue wed thu fri sat l".split())

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)

# ``due``: the newest due time; ``missed``: how many were due before it and after
# the last that was said; ``next``: the first that is still to come.
Step = namedtuple("Step", "due missed next")


class BadSchedule(ValueError):
    """No schedule can be made of it; the text says why, in the reader's language."""


def schedule(every, cron):
    """An `Every` or a `Cron`; raises `BadSchedule` for what is not exactly one of them, or none that can be kept."""
    if (every is None) == (not cron):
        raise BadSchedule(_("Give it either a number of seconds or a cron expression."))
    return Cron(cron) if cron else Every(every)


class Every(object):
    """Each ``seconds``, counted from the first due time: what comes late shifts nothing."""

    def __init__(self, seconds):
        if not isinstance(seconds, six.integer_types) or isinstance(seconds, bool) or not 1 <= seconds <= MAX_EVERY:
            raise BadSchedule(_("From 1 second to %d seconds, please.") % MAX_EVERY)
        self.seconds = seconds

    def after(self, moment):
        # Whole seconds, and not fewer than asked for.
        return moment.replace(microsecond=0) + (SECOND if moment.microsecond else timedelta()) + self._times(1)

    def follow(self, seen, now):
        missed = max(0, int((now - seen).total_seconds() // self.seconds))
        return Step(seen + self._times(missed), missed, seen + self._times(missed + 1))

    def _times(self, count):
        return timedelta(seconds=count * self.seconds)


class Cron(object):
    """
    Five fields: minute, hour, day of the month, month, day of the week; where
    both days are given, either is enough (POSIX, "crontab").

    When the clocks change, cron's own rule: an hour field that begins with
    ``*`` goes by the clock on the wall, which leaves out an hour, or shows one
    twice. Any other names a time of day, which comes once: at the end of the gap
    where the clocks leave it out, and where they show it twice, the first time.
    """

    def __init__(self, expression):
        fields = expression.lower().split()
        if len(fields) != CRON_FIELDS:
            raise BadSchedule(_("A cron expression has five fields: minute, hour, day, month, day of the week."))
        # croniter knows random times too, of which each process would have its own.
        unknown = set(re.findall("[a-z]+", " ".join(fields))) - CRON_NAMES
        if not CRON_CHARACTERS.match(expression) or unknown:
            raise BadSchedule(_("Only numbers, * , - / # and the first three letters of months and days are known here."))
        try:
            self.iterator = croniter(" ".join(fields), datetime(2000, 1, 1))
            self.iterator.get_next(datetime)
        except CroniterBadDateError:
            raise BadSchedule(_("That day never comes."))
        except ValueError as error:
            raise BadSchedule(_("This is no cron expression (%s).") % error)
        self.goes_by_the_clock = fields[1].startswith("*")
        self.zone = timezone.get_default_timezone()

    def after(self, moment):
        return (self._after_by_the_clock if self.goes_by_the_clock else self._after_once_each)(moment)

    def follow(self, seen, now):
        next = self.after(seen)
        if next > now:
            return Step(seen, 0, next)

        # Halving, because there may be a year of minutes between the two.
        early, late = seen, now
        while late - early > MINUTE:
            middle = early + (late - early) // 2
            if self.after(middle) <= now:
                early = middle
            else:
                late = middle
        due = self.after(early)

        missed = 1
        while next < due and missed < MAX_COUNTED:
            missed += 1
            next = self.after(next)
        return Step(due, missed, self.after(due))

    def _after_by_the_clock(self, moment):
        start = _whole_minute(moment)
        while True:
            offset = self._offset(start)
            due = self._next_on_wall(start + offset - SECOND) - offset
            change = self._first_change(start, due)
            if change is None:
                return due
            start = change

    def _after_once_each(self, moment):
        wall = moment + self._offset(moment)
        while True:
            wall = self._next_on_wall(wall)
            due = self._first_at(wall)
            if due > moment:
                return due

    def _next_on_wall(self, wall):
        # Without a time zone: what croniter makes of a change of the clocks is a rule of its own.
        self.iterator.set_current(wall.replace(tzinfo=None))
        return self.iterator.get_next(datetime).replace(tzinfo=timezone.utc)

    def _first_at(self, wall):
        """The moment at which the clock on the wall shows it first, or leaves it out."""
        naive = wall.replace(tzinfo=None)
        moments = sorted(
            self.zone.localize(naive, is_dst=is_dst).astimezone(timezone.utc) for is_dst in (True, False))
        for moment in moments:
            if moment + self._offset(moment) == wall:
                return moment
        return self._first_change(moments[0] - DAY, moments[1] + DAY)

    def _first_change(self, start, end):
        """The first minute from ``start`` to ``end`` that has another offset than ``start``, or None."""
        offset = self._offset(start)
        while True:
            later = min(start + DAY, end)
            if self._offset(later) != offset:
                break
            if later == end:
                return None
            start = later
        while later - start > MINUTE:
            middle = start + MINUTE * int((later - start).total_seconds() // 120)
            if self._offset(middle) == offset:
                start = middle
            else:
                later = middle
        return later

    def _offset(self, moment):
        return moment.astimezone(self.zone).utcoffset()


def _whole_minute(moment):
    return moment.replace(second=0, microsecond=0) + MINUTE


# What the database holds, where the project has USE_TZ off: naive, in the project's time zone.

def stored(moment):
    return moment if settings.USE_TZ else timezone.make_naive(moment, timezone.get_default_timezone())


def in_utc(moment):
    """The opposite of `stored`."""
    if timezone.is_naive(moment):
        moment = timezone.get_default_timezone().localize(moment)
    return moment.astimezone(timezone.utc)
