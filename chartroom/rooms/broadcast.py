"""
Out to sockets: *broadcast* to everyone in a room, *send* to one socket.

All of it goes out at once and not when the consumer ends: Channels' own store
of pending messages raises out of the worker when a channel stays full, and
ends it. A live frame that is lost is no loss: the reader sees the gap in
``seq``, and catches up.
"""
from __future__ import unicode_literals

import logging

from channels import DEFAULT_CHANNEL_LAYER, Channel, Group, channel_layers

from chartroom.models import WIRE_JSON, WIRE_PLAIN, group_name
from chartroom.rooms.history import wires
from chartroom.wire import limits, server_frames

logger = logging.getLogger(__name__)

FEW = 3  # messages

FULL = "The reply channel %s is full: a frame was not sent."


def broadcast(room_id, stored):
    """Tells everyone in a room of messages just committed (`ChatMessage` rows, in ``seq`` order)."""
    deliver(messages_to_groups(room_id, stored), [])


def messages_to_groups(room_id, stored):
    """``[(group's name, message)]`` that tell everyone in a room."""
    told = wires(stored)
    messages = [
        (group_name(room_id, WIRE_JSON), {"text": server_frames.messages(told[start:start + limits.MAX_MESSAGES])})
        for start in range(0, len(told), limits.MAX_MESSAGES)
    ]
    # A plain reader costs a frame for each message: for many it is worth asking whether there is one.
    plain = group_name(room_id, WIRE_PLAIN)
    if _has_members(plain, is_asked=len(stored) > FEW):
        messages += [(plain, {"text": row.message}) for row in stored]
    return messages


def _has_members(group, is_asked):
    layer = _layer()
    if not hasattr(layer, "has_members"):
        return bool(layer.group_channels(group))
    return layer.has_members(group) if is_asked else True


def deliver(to_groups, replies):
    """
    Sends ``[(group's name, message)]``, and frames to sockets, ``[(reply
    channel, text)]``: all of it in one round trip, where the layer can.
    """
    layer = _layer()
    to_sockets = [(reply_channel, {"text": text}) for reply_channel, text in replies]
    if hasattr(layer, "send_all"):
        taken = layer.send_all(to_groups, to_sockets)
        for (reply_channel, _), was_taken in zip(to_sockets, taken):
            if not was_taken:
                logger.warning(FULL, reply_channel)
        return

    for group, message in to_groups:
        Group(group).send(message, immediately=True)
    for reply_channel, content in to_sockets:
        send_content(reply_channel, content)


def _layer():
    return channel_layers[DEFAULT_CHANNEL_LAYER]


def send(reply_channel, text):
    """Sends one frame to one socket; False, and a line in the log, where its channel is full."""
    return send_content(reply_channel, {"text": text})


def send_content(reply_channel, content):
    """As `send`, for a whole reply: ``accept``, ``text``, ``close`` (ASGI draft, "Send/Close/Accept")."""
    channel = Channel(reply_channel)
    try:
        channel.send(content, immediately=True)
    except channel.channel_layer.ChannelFull:
        logger.warning(FULL, reply_channel)
        return False
    return True


def error_texts(failures, wire_format):
    """`FrameError`s as the frames that a socket of that format is sent."""
    if wire_format == WIRE_PLAIN:
        return ["error %s: %s" % (failure.code, failure.detail) for failure in failures]
    return server_frames.errors(failures)
