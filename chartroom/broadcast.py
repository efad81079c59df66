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

from chartroom import protocol
from chartroom.history import wires
from chartroom.models import WIRE_JSON, WIRE_PLAIN, group_name

logger = logging.getLogger(__name__)

FULL = "The reply channel %s is full: a frame was not sent."


def broadcast(room_id, stored):
    """Tells everyone in a room of messages just committed (`ChatMessage` rows, in ``seq`` order)."""
    told = wires(stored)
    for start in range(0, len(told), protocol.MAX_MESSAGES):
        text = protocol.messages(told[start:start + protocol.MAX_MESSAGES])
        Group(group_name(room_id, WIRE_JSON)).send({"text": text}, immediately=True)

    # A plain reader costs a frame for each message, so first see whether there is one.
    plain = Group(group_name(room_id, WIRE_PLAIN))
    if plain.channel_layer.group_channels(plain.name):
        for row in stored:
            plain.send({"text": row.message}, immediately=True)


def send(reply_channel, text):
    """Sends one frame to one socket; False, and a line in the log, where its channel is full."""
    return send_content(reply_channel, {"text": text})


def send_each(replies):
    """Sends frames to many sockets, ``[(reply channel, text)]``: in one round trip, where the layer can."""
    layer = channel_layers[DEFAULT_CHANNEL_LAYER]
    if not hasattr(layer, "send_many"):
        for reply_channel, text in replies:
            send(reply_channel, text)
        return
    taken = layer.send_many([(reply_channel, {"text": text}) for reply_channel, text in replies])
    for (reply_channel, _), was_taken in zip(replies, taken):
        if not was_taken:
            logger.warning(FULL, reply_channel)


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
    return protocol.errors(failures)
