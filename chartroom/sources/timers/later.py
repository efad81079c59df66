"""
Messages for later: stored now, and sent in their sender's name when they are due.

Each is a row whose state changes from waiting to sent, cancelled or refused by a
compare-and-set, in the transaction that stores the sent message, so that one process wins.
"""
from __future__ import unicode_literals

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.encoding import force_text

from chartroom import publish
from chartroom.errors import FrameError, NotPublished
from chartroom.models import DEFAULT_NAMESPACE, GUEST_SENDER, Later, Room
from chartroom.models.schedule import in_utc, stored
from chartroom.models.timers import MAX_PROBLEM
from chartroom.people import permissions
from chartroom.people.identity import USER_SENDER, Identity
from chartroom.people.standing import Standing
from chartroom.rooms.store import own_room
from chartroom.wire import protocol

logger = logging.getLogger(__name__)

# Not "socket", so that the page can mark the message, and its id is not the retry of another one.
SOURCE = "later"
PEOPLE = (USER_SENDER, GUEST_SENDER)  # the prefixes of people's senders: see `identity.identify`

BAD_TIME = "bad_time"

MAX_WAITING = 100                    # messages of one sender, in all rooms
MAX_CANCELLED = 200                  # cancelled rows of one sender, in all rooms
MAX_AHEAD = timedelta(days=366)      # from now to the due time
MAX_LATE = timedelta(minutes=2)      # a due time in the past: "now" chosen by the minute, or a slow clock
KEEP = timedelta(days=30)            # sent and refused rows, from their due time
KEEP_CANCELLED = timedelta(days=7)   # cancelled rows, from their creation
MAX_DELETED = 500                    # rows of each kind in one call of `delete_old`


def send_later(room, text, at, id=None, author="", sender="", namespace=DEFAULT_NAMESPACE):
    """
    Store a message that `runtimers` sends at ``at``; return its `Later`.

    ``at``: an aware datetime, at most a year ahead; one that is at most two minutes in
    the past means now. The other arguments are those of `publish.publish`. Repeating the
    call with the same ``id``, sender, text and time returns the existing row, whatever its
    state, until `delete_old` removes it. If ``sender`` is a user or a guest, their
    permission is checked again at the due time.

    Raises `NotPublished` with a code of `publish.publish`, with ``bad_time``, or with
    ``too_many`` if a hundred messages of the sender are waiting already, or two hundred were cancelled within a week.
    """
    return keep(room, text, at, id, author, sender, namespace)[0]


def keep(room, text, at, id=None, author="", sender="", namespace=DEFAULT_NAMESPACE):
    """Like `send_later`, but return ``(later, is_new)``."""
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
        # Not checked for a retry, which may arrive late.
        check_time(at)
        _check_count(row.sender)
        later, is_new = Later.objects.get_or_create(
            room=room, client_id=row.client_id, sender=row.sender,
            defaults={"text": row.message, "at": stored(at), "author": row.author})
    if later.text != row.message or in_utc(later.at) != at:
        raise NotPublished(protocol.ID_REUSED, "This id already belongs to another message.")
    return later, is_new


def cancel_later(room, id, sender="", namespace=DEFAULT_NAMESPACE):
    """
    Cancel a waiting message; return its `Later`, whose ``state`` is ``cancelled``, or
    ``sent`` (with its ``seq``) or ``refused`` if it was too late. Return None if the sender
    has no message with that id in the room.
    """
    if not isinstance(room, Room):
        room = Room.objects.named(namespace, room)
    later = room and _find(room, id, sender)
    if later is None:
        return None
    later.move(Later.CANCELLED)
    later.refresh_from_db()
    return later


def waiting(room, sender):
    """The waiting messages of one sender in one room, by due time."""
    rows = Later.objects.filter(sender=sender, state=Later.WAITING, room=room)
    return list(rows.order_by("at", "pk")[:MAX_WAITING])


def _find(room, id, sender):
    return Later.objects.filter(room=room, client_id=id, sender=sender).first()


def _checked(at):
    if not isinstance(at, datetime) or timezone.is_naive(at):
        raise NotPublished(BAD_TIME, "at: a time with its offset from UTC is required.")
    try:
        return at.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        raise NotPublished(BAD_TIME, "at: out of range.")


def check_time(at):
    """Raise `NotPublished` if ``at`` (aware) is in the past or too far in the future."""
    now = in_utc(timezone.now())
    if at < now - MAX_LATE:
        raise NotPublished(BAD_TIME, "at: this time is in the past.")
    if at > now + MAX_AHEAD:
        raise NotPublished(BAD_TIME, "at: at most a year ahead.")


def _check_count(sender):
    # Messages without a sender are the project's own, and have no limit.
    if not sender:
        return
    rows = Later.objects.filter(sender=sender, state__in=[Later.WAITING, Later.CANCELLED])
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    if counts.get(Later.WAITING, 0) >= MAX_WAITING:
        raise NotPublished(protocol.TOO_MANY, "%d of your messages are waiting already." % MAX_WAITING)
    # Their rows stay for some days, so that storing and cancelling would fill the table.
    if counts.get(Later.CANCELLED, 0) >= MAX_CANCELLED:
        raise NotPublished(protocol.TOO_MANY, "You have cancelled %d messages within %d days." % (
            MAX_CANCELLED, KEEP_CANCELLED.days))


# Sending

def due(until, most, held=()):
    """At most ``most`` waiting messages that are due by ``until``, the oldest first, except ``held`` (primary keys)."""
    waiting = Later.objects.filter(state=Later.WAITING, at__lte=stored(until)).exclude(pk__in=held)
    return list(waiting.order_by("at", "pk")[:most])


def send(later):
    """
    Send a due message, unless it is no longer waiting. Return False if the permission
    check failed with an exception: the message stays waiting.

    A message that can't be sent is refused; the reason is logged and stored in its
    ``problem``. Errors of an unavailable database propagate.
    """
    try:
        may = _may(later)
    except Exception:
        # Raises as well if the exception came from chartroom's own unavailable database.
        Later.objects.filter(pk=later.pk).exists()
        # Otherwise it came from the project's function. A service that it depends on may be down: not a refusal.
        logger.exception("The permission of message for later %d could not be checked: it stays waiting.", later.pk)
        return False
    if may:
        _send_or_refuse(later)
    else:
        logger.warning("Message for later %d is refused: its sender may no longer write in the room.", later.pk)
        later.move(Later.REFUSED, problem="Its sender may no longer write in the room.")
    return True


def _send_or_refuse(later):
    try:
        _send(later)
        return
    except (OperationalError, InterfaceError):
        raise
    except FrameError as error:
        problem = error.detail
        logger.error("Message for later %d is refused: %s", later.pk, problem)
    except Exception as error:
        problem = "%s: %s" % (type(error).__name__, error)
        logger.exception("Message for later %d is refused.", later.pk)
    later.move(Later.REFUSED, problem=problem[:MAX_PROBLEM])


def _may(later):
    """Whether the sender may still write in the room. A sender that is neither user nor guest is the project itself."""
    if not later.sender.startswith(PEOPLE):
        return True
    room = Room.objects.filter(pk=later.room_id).first()
    if room is None:
        return True  # The store reports it.
    identity = Identity(later.sender, later.author, later.sender.startswith(GUEST_SENDER))
    # The session may have ended meanwhile: it was valid when the message was scheduled.
    return Standing([(later.sender, None)]).is_valid(later.sender, None) and all(
        permissions.may(identity, room.namespace, room.name, action) for action in (permissions.READ, permissions.SEND))


def _send(later):
    row = publish.message_row(later.text, later.client_id, SOURCE, None, later.author, later.sender)
    row.room_id = later.room_id
    with transaction.atomic():
        # Also matches the time and text, so that a row changed since it was loaded is loaded again.
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
    Delete old rows that are no longer waiting, `MAX_DELETED` of each kind at most; return
    their number. A retry of a sent or refused one is then refused as too late; a retry of
    a cancelled one is stored as new.
    """
    now = timezone.now()
    done = Later.objects.filter(state__in=[Later.SENT, Later.REFUSED], at__lt=stored(in_utc(now) - KEEP))
    cancelled = Later.objects.filter(state=Later.CANCELLED, created_at__lt=stored(in_utc(now) - KEEP_CANCELLED))
    count = 0
    for rows in (done, cancelled):
        keys = list(rows.values_list("pk", flat=True)[:MAX_DELETED])
        Later.objects.filter(pk__in=keys).delete()
        count += len(keys)
    return count
