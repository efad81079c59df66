"""
Messages for later: kept now, and sent at their time as their sender's own. They
wait in a table, and who moves one from waiting to sent, cancelled or refused
has won: a compare-and-set, in the transaction that stores what is sent.
"""
from __future__ import unicode_literals

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.encoding import force_text

from chartroom import publish
from chartroom.errors import FrameError, NotPublished
from chartroom.models import DEFAULT_NAMESPACE, GUEST_SENDER, Later, Room
from chartroom.models.schedule import in_utc, stored
from chartroom.models.timers import MAX_PROBLEM
from chartroom.people import permissions
from chartroom.people.identity import Identity
from chartroom.rooms.store import own_room
from chartroom.wire import protocol

logger = logging.getLogger(__name__)

# Of its own, not "socket": so the page can mark it, and its id is nobody's retry.
SOURCE = "later"
PEOPLE = ("user:", GUEST_SENDER)  # what their senders begin with: see `identify`

BAD_TIME = "bad_time"

MAX_WAITING = 100               # of one sender, in all rooms
MAX_AHEAD = timedelta(days=366)
# Whoever chose "now" by the minute, and a clock that is slow.
MAX_LATE = timedelta(minutes=2)
# After their time, and after they were made.
KEEP, KEEP_CANCELLED = timedelta(days=30), timedelta(days=7)
MAX_DELETED = 500  # rows of each kind in one go


def send_later(room, text, at, id=None, author="", sender="", namespace=DEFAULT_NAMESPACE):
    """
    Keeps a message until ``at``, and has `runtimers` send it then; returns its `Later`.

    ``at``: an aware datetime, at most a year ahead; one that is past by no more
    than two minutes is now. The others are those of `publish.publish`; the same
    ``id`` again, of the same sender with the same text and time, is harmless, and
    returns the first one, whatever has become of it, until `delete_old` removes it.
    A ``sender`` that is a user's or a guest's is asked for its permission when the
    time has come.

    Raises `NotPublished` with a code of `publish.publish`, with ``bad_time``, or with
    ``too_many`` where a hundred of the sender's are waiting already.
    """
    return keep(room, text, at, id, author, sender, namespace)[0]


def keep(room, text, at, id=None, author="", sender="", namespace=DEFAULT_NAMESPACE):
    """As `send_later`; returns ``(later, is_new)``."""
    at = _checked(at)
    try:
        row = publish.message_row(text, id, SOURCE, None, author, sender)
        if not isinstance(room, Room):
            room = own_room(force_text(namespace), force_text(room))
    except FrameError as error:
        raise NotPublished(error.code, error.detail)

    is_new = False
    later = _find(room, row.client_id, row.sender)
    if later is None:
        # A retry comes when it can: neither of these is asked of it.
        check_time(at)
        _check_count(row.sender)
        later, is_new = Later.objects.get_or_create(
            room=room, client_id=row.client_id, sender=row.sender,
            defaults={"text": row.message, "at": stored(at), "author": row.author})
    if later.text != row.message or in_utc(later.at) != at:
        raise NotPublished(protocol.ID_REUSED, "This id stands for another message already.")
    return later, is_new


def cancel_later(room, id, sender="", namespace=DEFAULT_NAMESPACE):
    """
    Cancels what waits; returns its `Later`, whose ``state`` says what it is now:
    ``cancelled``, or ``sent`` (with its ``seq``) or ``refused`` where it was too late.
    None where the sender has none by that id in the room.
    """
    if not isinstance(room, Room):
        room = Room.objects.filter(namespace=namespace, name=room).first()
    later = room and _find(room, id, sender)
    if later is None:
        return None
    later.move(Later.CANCELLED)
    later.refresh_from_db()
    return later


def waiting(room, sender):
    """Those of one sender in one room, in the order of their times."""
    return list(Later.objects.filter(sender=sender, state=Later.WAITING, room=room).order_by("at", "pk")[:MAX_WAITING])


def _find(room, id, sender):
    return Later.objects.filter(room=room, client_id=id, sender=sender).first()


def _checked(at):
    if not isinstance(at, datetime) or timezone.is_naive(at):
        raise NotPublished(BAD_TIME, "at: a time with its offset from UTC is required.")
    try:
        return at.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        raise NotPublished(BAD_TIME, "at: beyond all calendars.")


def check_time(at):
    """Raises `NotPublished` where nothing can be sent at ``at`` (aware) any more, or not for long."""
    now = in_utc(timezone.now())
    if at < now - MAX_LATE:
        raise NotPublished(BAD_TIME, "at: this time is past.")
    if at > now + MAX_AHEAD:
        raise NotPublished(BAD_TIME, "at: at most a year ahead.")


def _check_count(sender):
    # Nobody's are the project's own.
    if sender and Later.objects.filter(sender=sender, state=Later.WAITING).count() >= MAX_WAITING:
        raise NotPublished(protocol.TOO_MANY, "%d of your messages are waiting already." % MAX_WAITING)


# Sending

def due(until, most, held=()):
    """Those that wait and are due by ``until``, the longest due first; but those ``held`` (primary keys)."""
    waiting = Later.objects.filter(state=Later.WAITING, at__lte=stored(until)).exclude(pk__in=held)
    return list(waiting.order_by("at", "pk")[:most])


def send(later):
    """
    Sends one that is due; nothing happens where it does not wait any more. False
    where nobody could say whether it may be sent: it waits on.

    What can't be sent is refused, and why is in the log and in its ``problem``.
    Errors of a database that is away come through.
    """
    try:
        may = _may(later)
    except Exception:
        # Where it is chartroom's own database that is away, this raises too.
        Later.objects.filter(pk=later.pk).exists()
        # The project's own function, which may ask others: that they are away is no refusal.
        logger.exception("Whether a message for later (%d) may be sent can't be said now: it waits on.", later.pk)
        return False
    if may:
        _send_or_refuse(later)
    else:
        logger.warning("A message for later (%d) is refused: its sender may not write in the room any more.", later.pk)
        later.move(Later.REFUSED, problem="Its sender may not write in the room any more.")
    return True


def _send_or_refuse(later):
    try:
        _send(later)
        return
    except (OperationalError, InterfaceError):
        raise
    except FrameError as error:
        problem = error.detail
        logger.error("A message for later (%d) is refused: %s", later.pk, problem)
    except Exception as error:
        problem = "%s: %s" % (type(error).__name__, error)
        logger.exception("A message for later (%d) is refused.", later.pk)
    later.move(Later.REFUSED, problem=problem[:MAX_PROBLEM])


def _may(later):
    """Whether its sender may still write in the room. Who is neither user nor guest is the project itself."""
    if not later.sender.startswith(PEOPLE):
        return True
    room = Room.objects.filter(pk=later.room_id).first()
    if room is None:
        return True  # The store says so.
    identity = Identity(later.sender, later.author, later.sender.startswith(GUEST_SENDER))
    return (permissions.is_still_welcome(identity, room.namespace, room.name)
            and permissions.may(identity, room.namespace, room.name, permissions.SEND))


def _send(later):
    row = publish.message_row(later.text, later.client_id, SOURCE, None, later.author, later.sender)
    row.room_id = later.room_id
    with transaction.atomic():
        # Not what was changed since it was read either: it is looked at again.
        seen = Later.objects.filter(pk=later.pk, state=Later.WAITING, at=later.at, text=later.text)
        if not seen.update(state=Later.SENT):
            return
        [outcome] = publish.publish_rows([row])
        if outcome.error is not None:
            raise outcome.error
        Later.objects.filter(pk=later.pk).update(seq=outcome.message.seq)


# Tidying up

def delete_old():
    """
    Removes, a bounded number at a time, what was over long ago: a retry of it comes
    too late to be taken, or, of one that was cancelled, is kept anew. Returns how many.
    """
    now = timezone.now()
    over = Later.objects.filter(state__in=[Later.SENT, Later.REFUSED], at__lt=stored(in_utc(now) - KEEP))
    cancelled = Later.objects.filter(state=Later.CANCELLED, created_at__lt=stored(in_utc(now) - KEEP_CANCELLED))
    count = 0
    for rows in (over, cancelled):
        keys = list(rows.values_list("pk", flat=True)[:MAX_DELETED])
        Later.objects.filter(pk__in=keys).delete()
        count += len(keys)
    return count
