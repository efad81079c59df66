"""
The format of the internal channel ``chat-messages``, which carries messages that are
not yet stored: a plain dict, because Channels supports nothing else.

No key of a client's JSON is copied into it: one such as ``reply_channel`` would
change what the worker does.
"""
from __future__ import unicode_literals

import logging

import six
from channels import Channel

from chartroom.errors import FrameError
from chartroom.models import WIRE_JSON, WIRE_PLAIN, ChatMessage, is_namespace, is_room_name
from chartroom.wire.limits import MAX_SEQ
from chartroom.wire.values import check_data, is_clean, is_reply_channel

logger = logging.getLogger(__name__)

CHANNEL = "chat-messages"
VERSION = 1


class Unreadable(Exception):
    """The content is not a submission, or of an unknown version."""


class Submission(object):
    """
    Messages of one sender for one room.

    ``room``: its primary key, or ``(namespace, name)`` from a sender that may create
    the room and does not wait for the database. ``entries``: pairs of (id, text);
    ``data``: None, or a list with a dict or None for each entry; ``reply_channel``:
    where acks and errors are sent (None: nowhere); ``wire``: the format of those.
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
        """Send it to the channel; raises the layer's ``ChannelFull``."""
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
        """Return unsaved `ChatMessage` rows, in order, for `store.store`."""
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
    Return the `Submission` in the content of a channel message.

    Raise `Unreadable` if it is invalid: any code of the project can send to the
    channel, such as a worker of an older version.
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
    if submission.reply_channel is not None and not is_reply_channel(submission.reply_channel):
        raise Unreadable("reply channel %r" % (submission.reply_channel,))
    if not all(isinstance(text, six.text_type) and is_clean(text) for text in texts):
        raise Unreadable("a value is not text that a database can store")
    if submission.wire not in (WIRE_JSON, WIRE_PLAIN) or not submission.entries:
        raise Unreadable("wire %r, %d messages" % (submission.wire, len(submission.entries)))
    if submission.data is not None:
        _check_data(submission)
    return submission


def _check_data(submission):
    if not isinstance(submission.data, list) or len(submission.data) != len(submission.entries):
        raise Unreadable("the number of data and of messages differ")
    try:
        for data in submission.data:
            check_data(data)
    except FrameError as error:
        raise Unreadable(error.detail)


def _room(value):
    # Serialization turns a pair into a list.
    return tuple(value) if isinstance(value, list) else value


def _is_name(value):
    return (isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, six.text_type) for part in value)
            and is_namespace(value[0]) and is_room_name(value[1]))


def _is_key(value):
    # A larger number raises an exception that is not a DatabaseError, and would fail the whole batch.
    return isinstance(value, six.integer_types) and not isinstance(value, bool) and 0 < value <= MAX_SEQ


def waiting(layer, first, bound):
    """
    Yield the submissions for one call of the consumer: the content that it was called
    with, ``first``, then those that wait on the channel, until there are ``bound``
    messages. Does not block. Unreadable submissions are logged and skipped.
    """
    count, contents = 0, [first]
    while contents:
        for content in contents:
            try:
                submission = read(content)
            except Unreadable as error:
                logger.error("Skipped an unreadable submission on %s: %s", CHANNEL, error)
            else:
                count += len(submission.entries)
                yield submission
        contents = _next(layer, bound - count) if count < bound else []


def _next(layer, most):
    """Return the contents of waiting submissions: all in one round trip if the layer supports that, or else the next one."""
    if hasattr(layer, "receive_waiting"):
        return layer.receive_waiting(CHANNEL, most)
    content = layer.receive([CHANNEL], block=False)[1]
    return [] if content is None else [content]
