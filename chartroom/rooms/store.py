"""
Stores batches of messages, each in one transaction. Only this module assigns ``seq``.

The transaction first locks the rows of the rooms, in primary-key order. So SQLite
acquires its write lock at the start instead of failing later, two batches can't
deadlock, and PostgreSQL and MariaDB store the batches of a room one after the other:
otherwise two of them could assign the same number.
"""
from __future__ import unicode_literals

from collections import namedtuple
from operator import attrgetter

import six
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from chartroom.conf import conf
from chartroom.errors import FrameError, Refused
from chartroom.models import ChatMessage, Room, is_namespace, is_room_name
from chartroom.wire import protocol

# The result for one message: its row (the existing one for a retry), whether it is new, and the
# `FrameError` if it was refused.
Outcome = namedtuple("Outcome", "message fresh error")


def find_room(namespace, name):
    """Return the `Room` of that name for a visitor, or None if it is created by the first message; raise `Refused` if that is not allowed."""
    room = Room.objects.named(namespace, name)
    if room is None and not conf.OPEN_ROOMS:
        raise Refused(protocol.CLOSE_NOT_FOUND, "no such room")
    return room


def open_room(namespace, name):
    """
    Return the `Room` of that name for a user who sends the first message, and create it if that is allowed.

    Concurrent senders get the same room. Raise `Refused` if it may not be created.
    """
    room = find_room(namespace, name)
    return _create(namespace, name) if room is None else room


def own_room(namespace, name):
    """
    Return the `Room` of that name for the project's own code, and create it if it does not exist.

    Raise `FrameError` if the name is invalid.
    """
    namespace, name = check_name(namespace, name)
    if transaction.get_connection().in_atomic_block:
        # As in `store`: on SQLite, a transaction that starts with a read may fail when it writes later.
        Room.objects.filter(namespace=namespace, name=name).update(last_seq=F("last_seq"))
    return Room.objects.named(namespace, name) or _create(namespace, name)


def _create(namespace, name):
    try:
        with transaction.atomic():
            return Room.objects.create(namespace=namespace, name=name)
    except IntegrityError:
        # Created by someone else in the meantime.
        with transaction.atomic():
            room = Room.objects.as_committed().named(namespace, name)
        if room is None:
            raise  # The database takes it for the name of another room: see chartroom.E021.
        return room


def check_name(namespace, name):
    if not (isinstance(namespace, six.text_type) and is_namespace(namespace)):
        raise FrameError(protocol.BAD_FRAME, "namespace: 1 to 64 letters, digits and underscores.")
    if not (isinstance(name, six.text_type) and is_room_name(name)):
        raise FrameError(protocol.BAD_FRAME, "room: 1 to 64 letters, digits, hyphens and underscores.")
    return namespace, name


def store(messages):
    """
    Store unsaved `ChatMessage` rows (without ``seq`` and ``at``), in their order.

    Return an `Outcome` for each, in the same order. A message that exists already,
    from an earlier batch or earlier in this one, keeps its row and ``seq``; with
    another text it is refused (``id_reused``). Database errors propagate, and then
    nothing of the batch is stored.
    """
    with transaction.atomic():
        last_seqs = _lock_rooms(messages)
        known = _find_known(messages)
        now = timezone.now()

        outcomes, fresh = [], []
        for message in messages:
            outcome = _decide(message, last_seqs, known)
            if outcome.fresh:
                last_seqs[message.room_id] = message.seq = last_seqs[message.room_id] + 1
                message.at = now
                known[message.key] = message
                fresh.append(message)
            outcomes.append(outcome)

        _insert(fresh, now)
        for room_id in sorted({message.room_id for message in fresh}):
            Room.objects.filter(pk=room_id).update(last_seq=last_seqs[room_id], last_at=now)
    return outcomes


def _lock_rooms(messages):
    """Lock the rooms' rows; return {primary key: last_seq} of those that exist."""
    room_ids = sorted({message.room_id for message in messages})
    for room_id in room_ids:
        Room.objects.filter(pk=room_id).update(last_seq=F("last_seq"))
    return dict(Room.objects.as_committed().filter(pk__in=room_ids).values_list("pk", "last_seq"))


def _find_known(messages):
    """Return the rows that are stored already, {key: row}, with one query on the unique index."""
    rows = ChatMessage.objects.filter(
        room_id__in={message.room_id for message in messages},
        client_id__in={message.client_id for message in messages},
        # Ids alone match too many rows: devices that count 1, 2, 3 use the same ones.
        source__in={message.source for message in messages},
        sender__in={message.sender for message in messages},
    )
    return {row.key: row for row in rows}


def _insert(messages, at):
    """
    Do what `bulk_create` does, without Django's SQL compiler, which for a batch takes
    several times as long as the database itself while the rooms are locked.
    """
    connection = transaction.get_connection()
    time = ChatMessage._meta.get_field("at")
    # The other fields are text and integers, which every database accepts without conversion.
    others = [field for field in ChatMessage._meta.concrete_fields if not field.primary_key and field is not time]
    values_of = attrgetter(*[field.attname for field in others])
    at = time.get_db_prep_save(at, connection)

    quote = connection.ops.quote_name
    columns = [quote(field.column) for field in others + [time]]
    statement = "INSERT INTO %s (%s) VALUES " % (quote(ChatMessage._meta.db_table), ", ".join(columns))
    row = "(%s)" % ", ".join(["%s"] * len(columns))
    size = max(1, connection.ops.bulk_batch_size(columns, messages))
    for start in range(0, len(messages), size):
        part = messages[start:start + size]
        values = []
        for message in part:
            values.extend(values_of(message))
            values.append(at)
        with connection.cursor() as cursor:
            cursor.execute(statement + ", ".join([row] * len(part)), values)


def _decide(message, last_seqs, known):
    if message.room_id not in last_seqs:
        return Outcome(message, False, FrameError(
            protocol.FORBIDDEN, "The room no longer exists.", [message.client_id]))
    earlier = known.get(message.key)
    if earlier is None:
        return Outcome(message, True, None)
    # Not if a moderator removed the text: id_reused would make the client send the message again with a new id.
    if earlier.message != message.message and not earlier.is_removed:
        return Outcome(earlier, False, FrameError(
            protocol.ID_REUSED, "This id already belongs to another message.", [message.client_id]))
    return Outcome(earlier, False, None)
