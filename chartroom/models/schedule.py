# coding: utf-8
"""
The due times of a timer: at a fixed interval in seconds, or by a cron expression in
the project's time zone. Moments are aware datetimes in UTC.

Both kinds have ``after(moment)``, the first due time after it, and ``follow(seen, now)``,
the `Step` to take at the time ``now`` if ``seen`` is the due time that was planned.
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

# ``due``: the newest due time; ``missed``: how many due times before it were not handled;
# ``next``: the first due time in the future.
Step = namedtuple("Step", "due missed next")


class BadSchedule(ValueError):
    """The schedule is invalid. The message states the reason, in the user's language."""


def schedule(every, cron):
    """Return an `Every` or a `Cron`; raise `BadSchedule` unless exactly one of the arguments is given and valid."""
    if (every is None) == (not cron):
        raise BadSchedule(_("Enter either a number of seconds or a cron expression."))
    return Cron(cron) if cron else Every(every)


class Every(object):
    """Every ``seconds``, counted from the first due time, so that a late run does not shift the following ones."""

    def __init__(self, seconds):
        if not isinstance(seconds, six.integer_types) or isinstance(seconds, bool) or not 1 <= seconds <= MAX_EVERY:
            raise BadSchedule(_("Enter a number of seconds from 1 to %d.") % MAX_EVERY)
        self.seconds = seconds

    def after(self, moment):
        # A whole second, and at least the interval after ``moment``.
        return moment.replace(microsecond=0) + (SECOND if moment.microsecond else timedelta()) + self._times(1)

    def follow(self, seen, now):
        missed = max(0, int((now - seen).total_seconds() // self.seconds))
        return Step(seen + self._times(missed), missed, seen + self._times(missed + 1))

    def _times(self, count):
        return timedelta(seconds=count * self.seconds)


class Cron(object):
    """
    Five fields: minute, hour, day of the month, month, day of the week. If both days
    are given, either has to match (POSIX, "crontab").

    Changes of daylight saving time are handled as cron does. An hour field that begins with
    ``*`` follows the local time, which skips an hour or repeats one. Any other hour field is
    a time of day, which is due once: at the end of the gap if the time is skipped, and
    at its first occurrence if it is repeated.
    """

    def __init__(self, expression):
        fields = expression.lower().split()
        if len(fields) != CRON_FIELDS:
            raise BadSchedule(_("A cron expression has five fields: minute, hour, day, month, day of the week."))
        # Only these names, because croniter also supports random times, which would differ between processes.
        unknown = set(re.findall("[a-z]+", " ".join(fields))) - CRON_NAMES
        if not CRON_CHARACTERS.match(expression) or unknown:
            raise BadSchedule(_("Only numbers, * , - / # and three-letter names of months and days are allowed."))
        try:
            self.iterator = croniter(" ".join(fields), datetime(2000, 1, 1))
            self.iterator.get_next(datetime)
        except CroniterBadDateError:
            raise BadSchedule(_("This date does not exist."))
        except ValueError as error:
            raise BadSchedule(_("This is not a cron expression (%s).") % error)
        self.follows_local_time = fields[1].startswith("*")
        self.zone = timezone.get_default_timezone()

    def after(self, moment):
        return (self._after_in_local_time if self.follows_local_time else self._after_once_each)(moment)

    def follow(self, seen, now):
        next = self.after(seen)
        if next > now:
            return Step(seen, 0, next)

        # Binary search, because there may be a year of minutes between the two.
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

    def _after_in_local_time(self, moment):
        start = _whole_minute(moment)
        while True:
            offset = self._offset(start)
            due = self._next_local(start + offset - SECOND) - offset
            change = self._first_change(start, due)
            if change is None:
                return due
            start = change

    def _after_once_each(self, moment):
        local = moment + self._offset(moment)
        while True:
            local = self._next_local(local)
            due = self._first_at(local)
            if due > moment:
                return due

    def _next_local(self, local):
        # Without a time zone, because croniter has other rules for changes of daylight saving time.
        self.iterator.set_current(local.replace(tzinfo=None))
        return self.iterator.get_next(datetime).replace(tzinfo=timezone.utc)

    def _first_at(self, local):
        """Return the first moment at which the local time is ``local``, or the one at which it is skipped."""
        naive = local.replace(tzinfo=None)
        moments = sorted(
            self.zone.localize(naive, is_dst=is_dst).astimezone(timezone.utc) for is_dst in (True, False))
        for moment in moments:
            if moment + self._offset(moment) == local:
                return moment
        return self._first_change(moments[0] - DAY, moments[1] + DAY)

    def _first_change(self, start, end):
        """Return the first minute from ``start`` to ``end`` whose UTC offset differs from that of ``start``, or None."""
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


def stored(moment):
    """Convert to the form in the database: with USE_TZ off, naive and in the project's time zone."""
    return moment if settings.USE_TZ else timezone.make_naive(moment, timezone.get_default_timezone())


def in_utc(moment):
    """The inverse of `stored`."""
    if timezone.is_naive(moment):
        moment = timezone.get_default_timezone().localize(moment)
    return moment.astimezone(timezone.utc)
