# coding: utf-8
"""
For everybody but sockets: puts a message into a room, from any process of the project.

Stored in the caller's transaction, so with it or not at all; told after its commit.
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

from chartroom.errors import FrameError, NotPublished
from chartroom.models import DEFAULT_NAMESPACE, MAX_AUTHOR, ChatMessage, Room
from chartroom.rooms import broadcast
from chartroom.rooms.on_commit import on_commit
from chartroom.rooms.store import check_name, own_room, store
from chartroom.rooms.submissions import Submission
from chartroom.wire import protocol, values

logger = logging.getLogger(__name__)

SOURCE_API = "api"
PATIENCE = 5.0  # seconds for a full `chat-messages`
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.25

# ``seq`` is None for what is on its way to the pipeline, which gives it.
Published = namedtuple("Published", "id seq")


def publish(
    room, text, id=None, source=SOURCE_API, data=None, namespace=DEFAULT_NAMESPACE, wait=True, author="", sender="",
):
    """
    Puts a message into a room; returns its `Published` ``(id, seq)``.

    ``room``: a name, or a `Room`; a room that is not there yet is made.
    ``text``: 1 to 4,096 characters after stripping. ``id``: 1 to 64 characters,
    the same for each try of the same message, so that a repeat is harmless and
    returns the first one's ``seq``; by default a new one. ``source``, ``author``
    and ``sender``: what said it (16 characters), by which name (150), and who is
    meant by "the same" (64). ``data``: a dict that JSON holds, 16,384 characters of it.

    It is stored in the transaction around, and told to the room when that is
    committed. With ``wait=False`` it goes to the pipeline instead, at once,
    whatever becomes of the transaction: the database is not waited for, and
    ``seq`` is None; while the queue is full it waits, `PATIENCE` seconds at most.

    Raises `NotPublished`, with a code of the protocol: ``bad_frame``, ``empty``,
    ``too_long``; ``id_reused`` where the id stands for another text already;
    ``busy`` where the queue stayed full. With ``wait=True`` errors of the
    database come through.
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
    """An unsaved `ChatMessage` without its room; raises `FrameError` for what none can be made of."""
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
    """What stands for a text: Python 2.7's own strings, and translations."""
    if not isinstance(value, (bytes, Promise)):
        return value
    try:
        return force_text(value)
    except UnicodeDecodeError:
        raise FrameError(protocol.BAD_FRAME, "%r is no UTF-8." % value[:40])


def publish_rows(rows):
    """
    As `store.store`, for rows of any rooms in one transaction, and tells the rooms after the commit.

    Returns an `Outcome` for each.
    """
    outcomes = store(rows)
    fresh = OrderedDict()
    for outcome in outcomes:
        if outcome.fresh:
            fresh.setdefault(outcome.message.room_id, []).append(outcome.message)
    if fresh:
        on_commit(lambda: _tell(fresh))
    return outcomes


def _tell(fresh):
    # It is stored: whoever published it must not be told that it failed. Readers catch up by their numbers.
    try:
        to_groups = []
        for room_id, rows in fresh.items():
            to_groups += broadcast.messages_to_groups(room_id, rows)
        broadcast.deliver(to_groups, [])
    except Exception:
        logger.exception("Stored, but not told to the rooms %s: readers catch up by themselves.", list(fresh))


def _submit(row, room):
    submission = Submission(
        room=room, source=row.source, sender=row.sender, author=row.author,
        entries=[(row.client_id, row.message)], data=[row.data] if row.data_json else None,
    )
    full = channel_layers[DEFAULT_CHANNEL_LAYER].ChannelFull
    deadline, pause = time.time() + PATIENCE, FIRST_PAUSE
    while True:
        try:
            return submission.send()
        except full:
            if time.time() + pause > deadline:
                raise FrameError(protocol.BUSY, "The pipeline's queue stayed full for %d s." % PATIENCE)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def publish_on_save(model, room, text, id=None, **options):
    """
    Publishes each time a row of ``model`` is saved.

    ``room``, ``text``, ``id`` and each of ``options`` (those of `publish`): a
    value, or a function of the saved instance. A ``text`` of None or nothing
    publishes nothing. What is loaded from a fixture is not told. Returns the
    receiver, for ``post_save.disconnect(receiver, sender=model)``.

    Errors of `publish` come through, out of ``save()``. Django sends the signal
    when a row that is saved alone is committed already: where both shall be
    stored or none of them, save it in ``transaction.atomic()``.
    """
    def receiver(sender, instance, raw=False, **kwargs):
        said = _of(instance, text)
        if raw or not said:
            return
        publish(
            _of(instance, room), said, id=_of(instance, id),
            **{name: _of(instance, option) for name, option in options.items()})

    post_save.connect(receiver, sender=model, weak=False)
    return receiver


def _of(instance, option):
    return option(instance) if callable(option) else option
