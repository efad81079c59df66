"""
Publishes due timers, each due time once, however many processes run.

The first statement of each transaction advances the due time if it is still the one that
was loaded. The process that succeeds stores the message in the same transaction, so that
neither happens without the other.
"""
from __future__ import unicode_literals

import logging
import re

import six
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from chartroom import publish
from chartroom.errors import FrameError
from chartroom.models import Timer
from chartroom.models.schedule import BadSchedule, in_utc, stored
from chartroom.models.timers import MAX_PROBLEM

logger = logging.getLogger(__name__)

SOURCE = "timer"

# Not `str.format`, which gives the author of a text access to attributes.
PLACEHOLDER = re.compile(r"\{(date|time|second)\}")


def due(until, most):
    """At most ``most`` active timers that are due by ``until``, the oldest first."""
    return list(Timer.objects.filter(is_active=True, next_at__lte=stored(until)).order_by("next_at")[:most])


def publish_due(timer):
    """
    Publish one message for the newest due time of a timer that has passed; return the
    next due time. Return None if another process has published it, or if the timer was
    suspended; the reason is then logged and stored in its ``problem``.

    Errors of an unavailable database propagate.
    """
    now = in_utc(timezone.now())
    return _or_suspend(timer, lambda: _publish(timer, timer.schedule.follow(in_utc(timer.next_at), now)))


def _publish(timer, step):
    row = message_of(timer, step.due, step.missed)
    with transaction.atomic():
        seen = Timer.objects.filter(pk=timer.pk, is_active=True, next_at=timer.next_at)
        if not seen.update(next_at=stored(step.next), last_at=stored(step.due)):
            return None
        [outcome] = publish.publish_rows([row])
        if outcome.error is not None:
            raise outcome.error
    return step.next


def plan_new(most):
    """Plan, from now on, at most ``most`` timers that were inserted without `Timer.save`."""
    for timer in Timer.objects.filter(is_active=True, next_at=None, problem="")[:most]:
        _or_suspend(timer, lambda: _plan(timer))


def _plan(timer):
    timer.plan()
    Timer.objects.filter(pk=timer.pk, is_active=True, next_at=None).update(next_at=timer.next_at)


def message_of(timer, due, missed=0):
    """The unsaved `ChatMessage` for a due time; raises `FrameError` for a text that can't be sent."""
    data = {"due": due.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if missed:
        data["missed"] = missed
    id = "%d.%s" % (timer.pk, due.strftime("%Y%m%dT%H%M%SZ"))
    row = publish.message_row(filled(timer.text, due), id, SOURCE, data, timer.name, timer.sender)
    # Only the key: the room may have been deleted, which the store reports.
    row.room_id = timer.room_id
    return row


def filled(text, due):
    """The text with ``{date}``, ``{time}`` and ``{second}`` replaced by those of ``due``, in the project's time zone."""
    local = due.astimezone(timezone.get_default_timezone())
    values = {"date": local.strftime("%Y-%m-%d"), "time": local.strftime("%H:%M"), "second": local.strftime("%S")}
    return PLACEHOLDER.sub(lambda match: values[match.group(1)], text)


def _or_suspend(timer, function):
    try:
        return function()
    except (OperationalError, InterfaceError):
        raise
    except (BadSchedule, FrameError) as error:
        problem = getattr(error, "detail", None) or six.text_type(error)
        logger.error("Timer %d (%s) is suspended until it is saved again: %s", timer.pk, timer.name, problem)
    except Exception as error:
        problem = "%s: %s" % (type(error).__name__, error)
        logger.exception("Timer %d (%s) is suspended until it is saved again.", timer.pk, timer.name)
    Timer.objects.filter(pk=timer.pk, next_at=timer.next_at).update(next_at=None, problem=problem[:MAX_PROBLEM])
    return None
