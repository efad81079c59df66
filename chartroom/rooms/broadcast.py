"""
Sending to sockets: *broadcast* to everyone in a room, *send* to one socket.

Everything is sent immediately, not when the consumer returns: Channels would raise
``ChannelFull`` for a pending message outside of the consumer, which ends the worker.
A client that misses a broadcast sees the gap in ``seq``, and catches up.
"""
from __future__ import unicode_literals

import logging

from channels import DEFAULT_CHANNEL_LAYER, Channel, Group, channel_layers

from chartroom.models import WIRE_JSON, WIRE_PLAIN, group_name
from chartroom.rooms.history import wires
from chartroom.wire import limits, server_frames

logger = logging.getLogger(__name__)

MAX_UNCHECKED = 3  # messages that are sent to plain-text readers without checking whether there are any

FULL = "The reply channel %s is full: a frame was not sent."


def broadcast(room_id, stored):
    """Broadcast committed messages (`ChatMessage` rows, in ``seq`` order) to a room."""
    deliver(messages_to_groups(room_id, stored), [])


def messages_to_groups(room_id, stored):
    """Return the broadcasts of ``stored`` to a room, ``[(group name, channel message)]``."""
    encoded = wires(stored)
    messages = [
        (group_name(room_id, WIRE_JSON), {"text": server_frames.messages(encoded[start:start + limits.MAX_MESSAGES])})
        for start in range(0, len(encoded), limits.MAX_MESSAGES)
    ]
    # Plain-text readers need one frame per message: with many messages, first check whether there are such readers.
    plain = group_name(room_id, WIRE_PLAIN)
    if _has_members(plain, is_checked=len(stored) > MAX_UNCHECKED):
        messages += [(plain, {"text": row.message}) for row in stored]
    return messages


def _has_members(group, is_checked):
    layer = _layer()
    if not hasattr(layer, "has_members"):
        return bool(layer.group_channels(group))
    return layer.has_members(group) if is_checked else True


def deliver(to_groups, replies):
    """
    Send ``[(group name, channel message)]`` to groups and ``[(reply channel, text)]``
    to sockets, in one round trip if the layer supports that.
    """
    layer = _layer()
    to_sockets = [(reply_channel, {"text": text}) for reply_channel, text in replies]
    if hasattr(layer, "send_all"):
        accepted = layer.send_all(to_groups, to_sockets)
        for (reply_channel, _), is_accepted in zip(to_sockets, accepted):
            if not is_accepted:
                logger.warning(FULL, reply_channel)
        return

    for group, message in to_groups:
        Group(group).send(message, immediately=True)
    for reply_channel, content in to_sockets:
        send_content(reply_channel, content)


def _layer():
    return channel_layers[DEFAULT_CHANNEL_LAYER]


def send(reply_channel, text):
    """Send one frame to one socket; log a warning and return False if its channel is full."""
    return send_content(reply_channel, {"text": text})


def send_content(reply_channel, content):
    """Like `send`, for a whole reply with ``accept``, ``text`` and ``close`` (ASGI draft, "Send/Close/Accept")."""
    channel = Channel(reply_channel)
    try:
        channel.send(content, immediately=True)
    except channel.channel_layer.ChannelFull:
        logger.warning(FULL, reply_channel)
        return False
    return True


def error_texts(failures, wire_format):
    """Encode `FrameError` instances as frames in the socket's format."""
    if wire_format == WIRE_PLAIN:
        return ["error %s: %s" % (failure.code, failure.detail) for failure in failures]
    return server_frames.errors(failures)
