# coding: utf-8
"""
The frames of ``/tail/<number>/``: JSON texts. ``docs/tail.md`` specifies each key.

Messages for users are sent as codes, which the page translates.
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

MAX_FRAME = 4096      # characters, of a frame from a client
MAX_ID = 2 ** 31 - 1  # the largest id of a start
MAX_POSITION = 64     # characters

MAX_LINES = 1000   # lines in one frame
MAX_BYTES = 65536  # bytes of the file in one frame, unless one line has more

Start = namedtuple("Start", "id position")  # position: text, or None
Ping = namedtuple("Ping", "")


# From the client

def parse(text):
    """Return a `Start` or `Ping`; raise `FrameError` for anything else."""
    if len(text) > MAX_FRAME:
        raise FrameError(protocol.TOO_LONG, "A frame has at most %d characters." % MAX_FRAME)
    try:
        frame = json.loads(text)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deeply.
        raise FrameError(protocol.BAD_FRAME, "The frame is not JSON.")
    kind = frame.get("type") if isinstance(frame, dict) else None
    if kind == PING:
        return Ping()
    if kind == START:
        return Start(_parse_id(frame.get("id")), _parse_position(frame.get("position")))
    raise FrameError(protocol.UNKNOWN_TYPE, "type: %s or %s." % (PING, START))


def is_position(text):
    return isinstance(text, six.text_type) and len(text) <= MAX_POSITION and parse_position(text) is not None


def is_whole(value, least, most):
    """Whether a decoded value is a whole number (not a bool) between two bounds, both included."""
    return isinstance(value, six.integer_types) and not isinstance(value, bool) and least <= value <= most


def _parse_id(value):
    if not is_whole(value, 0, MAX_ID):
        raise FrameError(protocol.BAD_FRAME, "id: a whole number from 0 to %d is required." % MAX_ID)
    return value


def _parse_position(value):
    if value is not None and not is_position(value):
        raise FrameError(protocol.BAD_FRAME, "position: one from an earlier frame, or null.")
    return value


# To the client

def welcome(number, label, heartbeat):
    return encode({"type": WELCOME, "protocol": PROTOCOL, "file": number, "label": label, "heartbeat": heartbeat})


def pong():
    return encode({"type": PONG})


def opened(id, state, position, resumed, skipped=None):
    """``skipped``: None, or ``(lines, bytes)`` between the requested position and this one."""
    frame = {"type": OPENED, "id": id, "state": state, "position": position, "resumed": resumed}
    if skipped is not None:
        frame["skipped"] = {"lines": skipped[0], "bytes": skipped[1]}
    return encode(frame)


def lines(after, position, entries):
    return encode({"type": LINES, "after": after, "position": position, "lines": entries})


def skipped(after, position, lines, bytes):
    """``lines`` is None if they were not counted."""
    return encode({"type": SKIPPED, "after": after, "position": position, "lines": lines, "bytes": bytes})


def note(code, after, position):
    return encode({"type": NOTE, "code": code, "after": after, "position": position})


def reading(position):
    return encode({"type": READING, "position": position})


def restarted():
    return encode({"type": RESTARTED})


def pack(pairs, start):
    """
    Distribute pairs of an entry and the offset after it over frames: yield ``(entries, offset)``
    for each frame. ``start``: the offset before the first entry.
    """
    entries, end = [], start
    for entry, offset in pairs:
        if entries and (len(entries) == MAX_LINES or offset - start > MAX_BYTES):
            yield entries, end
            entries, start = [], end
        entries.append(entry)
        end = offset
    if entries:
        yield entries, end
