"""Builds frames to clients: values to text."""
from __future__ import unicode_literals

from chartroom.errors import FrameError
from chartroom.wire import json_text
from chartroom.wire.protocol import (
    ACK, CATCH_UP, ERROR, ERROR_CODES, HISTORY, MESSAGES, PONG, PROTOCOL, WELCOME,
)


def encode(frame):
    """Encode a frame (a dict of text, numbers and lists) as text."""
    return json_text.dumps(frame)


def moment(at):
    """Format an aware datetime in UTC as ISO 8601 with milliseconds."""
    return "%s.%03dZ" % (at.strftime("%Y-%m-%dT%H:%M:%S"), at.microsecond // 1000)


def message(seq, id, author, sender, source, text, at, guest=False, data=None):
    """Return one stored message as the dict in frames; ``at`` is an aware datetime in UTC."""
    wire = {
        "seq": seq, "id": id, "author": author, "sender": sender, "source": source, "text": text,
        "at": moment(at),
    }
    if guest:
        wire["guest"] = True
    if data is not None:
        wire["data"] = data
    return wire


def welcome(namespace, room, epoch, you, seq, messages, complete, heartbeat):
    return encode({
        "type": WELCOME, "protocol": PROTOCOL, "namespace": namespace, "room": room, "epoch": epoch,
        "you": you, "seq": seq, "messages": messages, "complete": complete, "heartbeat": heartbeat,
    })


def messages(wires):
    return encode({"type": MESSAGES, "messages": wires})


def ack(acks):
    """``acks``: pairs of (id, seq)."""
    return encode({"type": ACK, "acks": [{"id": id, "seq": seq} for id, seq in acks]})


def catch_up(since, wires, complete):
    return encode({"type": CATCH_UP, "since": since, "messages": wires, "complete": complete})


def history(before, wires, more):
    return encode({"type": HISTORY, "before": before, "messages": wires, "more": more})


def pong(seq):
    return encode({"type": PONG, "seq": seq})


def error(failure):
    """Encode a `FrameError` as a frame."""
    frame = {"type": ERROR, "code": failure.code, "detail": failure.detail}
    if failure.ids:
        frame["id"] = failure.ids[0]
    if len(failure.ids) > 1:
        frame["ids"] = failure.ids
    if failure.retry_after is not None:
        frame["retry_after"] = failure.retry_after
    return encode(frame)


def errors(failures):
    """Encode several `FrameError`: a list with one frame for each code, which has all their ids."""
    by_code = {}
    for failure in failures:
        first = by_code.setdefault(failure.code, FrameError(failure.code, failure.detail, (), failure.retry_after))
        first.ids.extend(failure.ids)
    return [error(by_code[code]) for code in ERROR_CODES if code in by_code]
