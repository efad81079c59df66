# coding: utf-8
"""
The frames of ``/tail/<number>/``: JSON texts. ``docs/tail.md`` specifies each key.

What is for people comes as a code, which the page says in their language.
"""
from __future__ import unicode_literals

import json
from collections import namedtuple

import six

from chartroom.errors import FrameError
from chartroom.sources.tail.log_file import parse_position
from chartroom.wire import protocol
from chartroom.wire.server_frames import encode

PROTOCOL = 1

# Client to server.
START, PING = "start", "ping"

# Server to client.
WELCOME, PONG = "welcome", "pong"
OPENED, LINES, SKIPPED, NOTE, READING, RESTARTED = "opened", "lines", "skipped", "note", "reading", "restarted"

# Codes of notes, besides those of `log_file`.
FOUND, ROTATED, TRUNCATED = "found", "rotated", "truncated"

MAX_FRAME = 4096  # characters from a client
MAX_ID = 2 ** 31 - 1
MAX_POSITION = 64  # characters

MAX_LINES = 1000   # in one frame
MAX_BYTES = 65536  # of the file, in one frame; of a line that is longer only a part is told

Start = namedtuple("Start", "id position")  # position: text, or None
Ping = namedtuple("Ping", "")


# From the client

def parse(text):
    """A `Start` or `Ping`; raises `FrameError` for anything else."""
    if len(text) > MAX_FRAME:
        raise FrameError(protocol.TOO_LONG, "A frame has at most %d characters." % MAX_FRAME)
    try:
        frame = json.loads(text)
    except (ValueError, RuntimeError):  # too deeply nested, which is a RuntimeError
        raise FrameError(protocol.BAD_FRAME, "The frame is not JSON.")
    kind = frame.get("type") if isinstance(frame, dict) else None
    if kind == PING:
        return Ping()
    if kind == START:
        return Start(_parse_id(frame.get("id")), _parse_position(frame.get("position")))
    raise FrameError(protocol.UNKNOWN_TYPE, "type: %s or %s." % (PING, START))


def is_position(text):
    return isinstance(text, six.text_type) and len(text) <= MAX_POSITION and parse_position(text) is not None


def _parse_id(value):
    if isinstance(value, bool) or not isinstance(value, six.integer_types) or not 0 <= value <= MAX_ID:
        raise FrameError(protocol.BAD_FRAME, "id: a whole number from 0 to %d is required." % MAX_ID)
    return value


def _parse_position(value):
    if value is not None and not is_position(value):
        raise FrameError(protocol.BAD_FRAME, "position: one that a frame has told, or null.")
    return value


# To the client

def welcome(number, label, heartbeat):
    return encode({"type": WELCOME, "protocol": PROTOCOL, "file": number, "label": label, "heartbeat": heartbeat})


def pong():
    return encode({"type": PONG})


def opened(id, state, position, resumed, skipped=None):
    """``skipped``: None, or ``(lines, bytes)`` between the position that was asked for and this one."""
    frame = {"type": OPENED, "id": id, "state": state, "position": position, "resumed": resumed}
    if skipped is not None:
        frame["skipped"] = {"lines": skipped[0], "bytes": skipped[1]}
    return encode(frame)


def lines(after, position, entries):
    return encode({"type": LINES, "after": after, "position": position, "lines": entries})


def skipped(after, position, lines, bytes):
    """``lines`` is None where nobody has counted them."""
    return encode({"type": SKIPPED, "after": after, "position": position, "lines": lines, "bytes": bytes})


def note(code, after, position):
    return encode({"type": NOTE, "code": code, "after": after, "position": position})


def reading(position):
    return encode({"type": READING, "position": position})


def restarted():
    return encode({"type": RESTARTED})


def pack(told, start):
    """Splits pairs of an entry and the offset behind it: yields ``(entries, offset)`` for one frame each."""
    entries, end = [], start
    for entry, offset in told:
        if entries and (len(entries) == MAX_LINES or offset - start > MAX_BYTES):
            yield entries, end
            entries, start = [], end
        entries.append(entry)
        end = offset
    if entries:
        yield entries, end
