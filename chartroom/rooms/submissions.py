"""
The envelope on the internal channel ``chat-messages``: messages that are sent
and not yet stored. A plain dict, because Channels carries nothing else.

Nothing of a client's JSON is copied here as it is: a key such as
``reply_channel`` in it would change what the worker does.
"""
from __future__ import unicode_literals

import logging

import six
from channels import Channel

from chartroom.errors import FrameError
from chartroom.models import WIRE_JSON, WIRE_PLAIN, ChatMessage, is_namespace, is_room_name
from chartroom.wire.limits import MAX_SEQ
from chartroom.wire.values import check_data, is_clean

logger = logging.getLogger(__name__)

CHANNEL = "chat-messages"
VERSION = 1


class Unreadable(Exception):
    """An envelope that is none of ours, or of a version that this one does not know."""


class Submission(object):
    """
    Messages of one sender for one room.

    ``room``: its primary key, or ``(namespace, name)`` from who may make it and
    must not wait for the database. ``entries``: pairs of (id, text); ``data``:
    a dict or None for each of them, or None; ``reply_channel``: where acks and
    errors go (None: nowhere); ``wire``: how they are written there.
    """

    def __init__(self, room, source, sender, author, entries, reply_channel=None, wire=WIRE_JSON, data=None):
        self.room = room
        self.source = source
        self.sender = sender
        self.author = author
        self.entries = entries
        self.reply_channel = reply_channel
        self.wire = wire
        self.data = data

    def send(self):
        """Puts it onto the channel; raises the layer's ``ChannelFull``."""
        content = {
            "version": VERSION, "room": self.room if self.has_key else list(self.room), "source": self.source, "sender": self.sender,
            "author": self.author, "wire": self.wire, "messages": [list(entry) for entry in self.entries],
        }
        if self.data is not None:
            content["data"] = self.data
        if self.reply_channel is not None:
            content["reply_channel"] = self.reply_channel
        Channel(CHANNEL).send(content, immediately=True)

    @property
    def ids(self):
        return [id for id, text in self.entries]

    @property
    def has_key(self):
        return isinstance(self.room, six.integer_types)

    def rows(self, room_id):
        """Unsaved `ChatMessage` rows, in order, for `store.store`."""
        rows = [
            ChatMessage(
                room_id=room_id, source=self.source, sender=self.sender,
                author=self.author, client_id=id, message=text,
            )
            for id, text in self.entries
        ]
        for row, data in zip(rows, self.data or ()):
            row.data = data
        return rows


def read(content):
    """
    The `Submission` in a channel message's content.

    Raises `Unreadable`: anything in the project can put a message onto the
    channel, an older worker's among them.
    """
    if content.get("version") != VERSION:
        raise Unreadable("version %r" % content.get("version"))
    try:
        submission = Submission(
            room=_room(content["room"]), source=content["source"], sender=content["sender"],
            author=content["author"], entries=[(id, text) for id, text in content["messages"]],
            reply_channel=content.get("reply_channel"), wire=content["wire"],
            data=content.get("data"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable("%s: %s" % (type(error).__name__, error))

    texts = [submission.source, submission.sender, submission.author]
    for entry in submission.entries:
        texts.extend(entry)
    if not (_is_key(submission.room) or _is_name(submission.room)):
        raise Unreadable("room %r" % (submission.room,))
    if submission.reply_channel is not None and not isinstance(submission.reply_channel, six.text_type):
        raise Unreadable("reply channel %r" % (submission.reply_channel,))
    if not all(isinstance(text, six.text_type) and is_clean(text) for text in texts):
        raise Unreadable("something in it is no text that a database holds")
    if submission.wire not in (WIRE_JSON, WIRE_PLAIN) or not submission.entries:
        raise Unreadable("wire %r, %d messages" % (submission.wire, len(submission.entries)))
    if submission.data is not None:
        _check_data(submission)
    return submission


def _check_data(submission):
    if not isinstance(submission.data, list) or len(submission.data) != len(submission.entries):
        raise Unreadable("data of another number than its messages")
    try:
        for data in submission.data:
            check_data(data)
    except FrameError as error:
        raise Unreadable(error.detail)


def _room(value):
    # A pair, which is a list after its way through Redis.
    return tuple(value) if isinstance(value, list) else value


def _is_name(value):
    return (isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, six.text_type) for part in value)
            and is_namespace(value[0]) and is_room_name(value[1]))


def _is_key(value):
    # A number beyond the database's raises what is no DatabaseError, and would take the batch with it.
    return isinstance(value, six.integer_types) and not isinstance(value, bool) and 0 < value <= MAX_SEQ


def waiting(layer, first, bound):
    """
    Yields the submissions that a worker takes at once: the one that woke it,
    then whatever else waits on the channel, without waiting itself, until
    ``bound`` messages are together. What can't be read is logged and skipped.
    """
    count, contents = 0, [first]
    while contents:
        for content in contents:
            try:
                submission = read(content)
            except Unreadable as error:
                logger.error("Skipped a submission on %s that can't be read: %s", CHANNEL, error)
            else:
                count += len(submission.entries)
                yield submission
        contents = _next(layer, bound - count) if count < bound else []


def _next(layer, most):
    """Contents of what waits: all of it in one round trip, where the layer can."""
    if hasattr(layer, "receive_waiting"):
        return layer.receive_waiting(CHANNEL, most)
    content = layer.receive([CHANNEL], block=False)[1]
    return [] if content is None else [content]
