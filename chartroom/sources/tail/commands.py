"""
The messages from the consumers to `runtail`, on the internal channel ``chartroom-tail``.

Each value is checked when it is read: any code in the project can send to a channel.
"""
from __future__ import unicode_literals

from collections import namedtuple

from channels import Channel

from chartroom.conf import MAX_TAIL_FILE
from chartroom.sources.tail import frames
from chartroom.wire.values import is_reply_channel

CHANNEL = "chartroom-tail"
VERSION = 1

START, RENEW, STOP = "start", "renew", "stop"

# ``id``: the id of the client's ``start`` frame; ``position``: text, or None. Both are None except for `START`.
Command = namedtuple("Command", "op file reply_channel id position")


class Unreadable(Exception):
    """A message that is not a valid command."""


def send(op, file, reply_channel, id=None, position=None):
    """Send a command; raises the layer's ``ChannelFull``."""
    content = {"version": VERSION, "op": op, "file": file, "reply_channel": reply_channel}
    if op == START:
        content.update({"id": id, "position": position})
    Channel(CHANNEL).send(content, immediately=True)


def read(content):
    """Return the `Command` in a channel message's content; raise `Unreadable` if it is invalid."""
    command = Command(*[content.get(name) for name in Command._fields])
    if content.get("version") != VERSION or command.op not in (START, RENEW, STOP):
        raise Unreadable("version %r, op %r" % (content.get("version"), command.op))
    if not frames.is_whole(command.file, 1, MAX_TAIL_FILE):
        raise Unreadable("file %r" % (command.file,))
    if not is_reply_channel(command.reply_channel) or "!" not in command.reply_channel:
        raise Unreadable("reply channel %r" % (command.reply_channel,))
    if command.op == START and not (frames.is_whole(command.id, 0, frames.MAX_ID) and _is_position(command.position)):
        raise Unreadable("id %r, position %r" % (command.id, command.position))
    return command


def _is_position(value):
    return value is None or frames.is_position(value)
