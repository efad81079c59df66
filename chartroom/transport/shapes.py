"""
What a message must have before a consumer gets it: what channels itself reads of it, and what the ASGI draft
says each message of a socket or request has. Any program can write to Redis.
"""
from __future__ import unicode_literals

import re

import six

from chartroom.transport.entries import Unreadable

CHANNEL_NAME = re.compile(r"[a-zA-Z0-9_.-]+([!?][a-zA-Z0-9_.-]*)?\Z")
MAX_NAME = 99  # characters
FROM_CLIENTS = frozenset(["http.request", "websocket.connect", "websocket.receive", "websocket.disconnect"])


def is_channel_name(value):
    return isinstance(value, six.text_type) and len(value) <= MAX_NAME and CHANNEL_NAME.match(value) is not None


def check(channel, message):
    """Raises `Unreadable` for a message (a dict) on ``channel`` of which a worker can't make one for a consumer."""
    reply_channel = message.get("reply_channel")
    if channel in FROM_CLIENTS:
        if not isinstance(message.get("path"), six.text_type):
            raise Unreadable("it has no path")
        if channel == "websocket.receive" and not _is_frame(message):
            raise Unreadable("its text is not text, or its bytes are not bytes")
    elif reply_channel is None:
        return
    if not is_channel_name(reply_channel):
        raise Unreadable("it has no valid reply channel")


def _is_frame(message):
    text, data = message.get("text"), message.get("bytes")
    return (text is None or isinstance(text, six.text_type)) and (data is None or isinstance(data, bytes))
