# coding: utf-8
"""
Publish messages in rooms from any process of the project.

A message is stored in the caller's transaction, and broadcast after the commit.
"""
from __future__ import unicode_literals

import logging
import time
import uuid
from collections import OrderedDict, namedtuple

import six
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.db.models.signals import post_save
from django.utils.encoding import force_text
from django.utils.functional import Promise
from monotonic import monotonic

from chartroom.errors import FrameError, NotPublished
from chartroom.models import DEFAULT_NAMESPACE, MAX_AUTHOR, ChatMessage, Room
from chartroom.rooms import broadcast
from chartroom.rooms.on_commit import on_commit
from chartroom.rooms.store import check_name, own_room, store
from chartroom.rooms.submissions import Submission
from chartroom.wire import protocol, values

logger = logging.getLogger(__name__)

SOURCE_API = "api"
PATIENCE = 5.0  # seconds to wait while `chat-messages` is full
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.25

# ``seq`` is None for a message that was sent to the pipeline, which assigns the number.
Published = namedtuple("Published", "id seq")


def publish(
    room, text, id=None, source=SOURCE_API, data=None, namespace=DEFAULT_NAMESPACE, wait=True, author="", sender="",
):
    """
    Publish a message in a room; return its `Published` ``(id, seq)``.

    ``room``: a name, or a `Room`; a room that does not exist is created.
    ``text``: 1 to 4,096 characters after stripping. ``id``: 1 to 64 characters, a
    new one by default. Use the same id to retry a message: it is stored once, and
    the call returns the ``seq`` of the first. ``source``: the kind of program that
    publishes (16 characters at most); ``author``: the name that is shown (150);
    ``sender``: the scope within which the id is unique (64). ``data``: a dict that
    can be encoded as JSON, in 16,384 characters at most.

    The message is stored in the current transaction, and broadcast to the room when
    that is committed. With ``wait=False`` it is sent to the pipeline at once instead,
    independent of the transaction: the call does not wait for the database, and
    ``seq`` is None. While the queue is full, it waits for at most `PATIENCE` seconds.

    Raises `NotPublished` with a code of the protocol: ``bad_frame``, ``empty``,
    ``too_long``; ``id_reused`` if the id was used for another text; ``busy`` if the
    queue stayed full. With ``wait=True``, database errors propagate.
    """
    try:
        row = message_row(text, id, source, data, author, sender)
        namespace, room = _text(namespace), _text(room)
        if wait:
            row.room = room if isinstance(room, Room) else own_room(namespace, room)
            [outcome] = publish_rows([row])
            if outcome.error is not None:
                raise outcome.error
            return Published(row.client_id, outcome.message.seq)
        _submit(row, room.pk if isinstance(room, Room) else check_name(namespace, room))
        return Published(row.client_id, None)
    except FrameError as error:
        raise NotPublished(error.code, error.detail)


def message_row(text, id=None, source=SOURCE_API, data=None, author="", sender=""):
    """Return an unsaved `ChatMessage` without a room; raise `FrameError` for an invalid argument."""
    id, text, source, author, sender = (_text(value) for value in (id, text, source, author, sender))
    id = values.parse_id(six.text_type(uuid.uuid4().hex) if id is None else id)
    values.check_data(data)
    for name, value, most in (("source", source, 16), ("author", author, MAX_AUTHOR), ("sender", sender, 64)):
        if not isinstance(value, six.text_type) or not values.is_clean(value) or len(value) > most:
            raise FrameError(protocol.BAD_FRAME, "%s: a string of at most %d characters is required." % (name, most))
    row = ChatMessage(
        message=values.parse_text(text, id), client_id=id, source=source, author=author, sender=sender)
    row.data = data
    return row


def _text(value):
    """Decode the byte strings of Python 2.7 (UTF-8), and evaluate lazy translations; return other values unchanged."""
    if not isinstance(value, (bytes, Promise)):
        return value
    try:
        return force_text(value)
    except UnicodeDecodeError:
        raise FrameError(protocol.BAD_FRAME, "%r is not UTF-8." % value[:40])


def publish_rows(rows):
    """
    Store rows of any rooms in one transaction (`store.store`), and broadcast them after the commit.

    Return an `Outcome` for each.
    """
    outcomes = store(rows)
    fresh = OrderedDict()
    for outcome in outcomes:
        if outcome.fresh:
            fresh.setdefault(outcome.message.room_id, []).append(outcome.message)
    if fresh:
        on_commit(lambda: _broadcast(fresh))
    return outcomes


def _broadcast(fresh):
    # The messages are stored, so an error here must not reach the caller. Clients detect the gap in ``seq``, and catch up.
    try:
        to_groups = []
        for room_id, rows in fresh.items():
            to_groups += broadcast.messages_to_groups(room_id, rows)
        broadcast.deliver(to_groups, [])
    except Exception:
        logger.exception("Messages were stored but not broadcast to rooms %s: clients will catch up.", list(fresh))


def _submit(row, room):
    submission = Submission(
        room=room, source=row.source, sender=row.sender, author=row.author,
        entries=[(row.client_id, row.message)], data=[row.data] if row.data_json else None,
    )
    full = channel_layers[DEFAULT_CHANNEL_LAYER].ChannelFull
    deadline, pause = monotonic() + PATIENCE, FIRST_PAUSE
    while True:
        try:
            return submission.send()
        except full:
            if monotonic() + pause > deadline:
                raise FrameError(protocol.BUSY, "The pipeline's queue stayed full for %d s." % PATIENCE)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def publish_on_save(model, room, text, id=None, **options):
    """
    Publish a message each time an instance of ``model`` is saved.

    ``room``, ``text``, ``id`` and each of ``options`` (those of `publish`) is a
    value, or a function of the saved instance. If ``text`` is None or empty, or the
    instance is loaded from a fixture, nothing is published. Return the receiver,
    for ``post_save.disconnect(receiver, sender=model)``.

    Errors of `publish` propagate out of ``save()``. In autocommit mode, Django sends
    the signal after the row is committed: call ``save()`` in ``transaction.atomic()``
    to store both the row and the message, or neither.
    """
    def receiver(sender, instance, raw=False, **kwargs):
        message_text = _resolve(instance, text)
        if raw or not message_text:
            return
        publish(
            _resolve(instance, room), message_text, id=_resolve(instance, id),
            **{name: _resolve(instance, option) for name, option in options.items()})

    post_save.connect(receiver, sender=model, weak=False)
    return receiver


def _resolve(instance, option):
    return option(instance) if callable(option) else option
