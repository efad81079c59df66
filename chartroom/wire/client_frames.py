"""Parses frames from clients: text to values."""
from __future__ import unicode_literals

import json
from collections import namedtuple

import six

from chartroom.errors import FrameError
from chartroom.wire import server_frames
from chartroom.wire.limits import MAX_FRAME, MAX_ID, MAX_MESSAGES
from chartroom.wire.protocol import BAD_FRAME, CATCH_UP, HISTORY, PING, SEND, TOO_LONG, TOO_MANY, UNKNOWN_TYPE
from chartroom.wire.values import bounded_int, is_id, no_constant, parse_seq, parse_text

SHORT = 4096  # characters that the interface server may parse as JSON without delaying other sockets

Send = namedtuple("Send", "messages refused")    # [Outgoing], [FrameError]
Outgoing = namedtuple("Outgoing", "id text")
CatchUp = namedtuple("CatchUp", "since")
History = namedtuple("History", "before limit")  # limit None: the server's default
Ping = namedtuple("Ping", "seq")


def parse(text):
    """
    Parse one client frame; return a `Send`, `CatchUp`, `History` or `Ping`.

    Raise `FrameError` if the whole frame is invalid. A `Send` with some invalid
    messages has the valid ones in ``messages`` and the errors in ``refused``.
    """
    frame = _read(text)
    kind = frame.get("type")
    if not isinstance(kind, six.text_type):
        raise FrameError(BAD_FRAME, "type: a string is required.")
    if kind not in PARSERS:
        raise FrameError(UNKNOWN_TYPE, "type: one of %s." % ", ".join(sorted(PARSERS)))
    return PARSERS[kind](frame)


def refuse_at_once(text):
    """
    Return the error frame (text) for a short text that is not a JSON object, and None for any other text.

    For ``CHARTROOM_INTERFACE["FRAME_FILTERS"]``: the interface server answers such frames without a worker.
    """
    if len(text) > SHORT:
        return None
    try:
        _read(text)
    except FrameError as error:
        return server_frames.error(error)
    return None


def _read(text):
    if len(text) > MAX_FRAME:
        raise FrameError(TOO_LONG, "A frame has at most %d characters." % MAX_FRAME)

    # Nesting beyond the recursion limit raises RuntimeError on Python 2.7, and its subclass RecursionError on 3.
    try:
        frame = json.loads(text, parse_int=bounded_int, parse_constant=no_constant)
    except (ValueError, RuntimeError):
        raise FrameError(BAD_FRAME, "The frame is not JSON, or has numbers too long or nesting too deep.")
    if not isinstance(frame, dict):
        raise FrameError(BAD_FRAME, "The frame is not a JSON object.")
    return frame


def _parse_send(frame):
    entries = frame.get("messages")
    if not isinstance(entries, list) or not entries:
        raise FrameError(BAD_FRAME, "messages: a list of 1 to %d messages is required." % MAX_MESSAGES)
    if len(entries) > MAX_MESSAGES:
        raise FrameError(TOO_MANY, "messages: at most %d in one frame." % MAX_MESSAGES, _readable_ids(entries))

    messages, refused = [], []
    for index, entry in enumerate(entries):
        try:
            messages.append(_parse_outgoing(entry, index))
        except FrameError as error:
            refused.append(error)
    return Send(messages, refused)


def _parse_outgoing(entry, index):
    if not isinstance(entry, dict):
        raise FrameError(BAD_FRAME, "messages[%d]: an object is required." % index)
    id = entry.get("id")
    if not is_id(id):
        raise FrameError(BAD_FRAME, "messages[%d].id: a string of 1 to %d characters is required." % (index, MAX_ID))
    return Outgoing(id, parse_text(entry.get("text"), id))


def _readable_ids(entries):
    """The valid ids of a frame with too many messages, so that the client can mark them: at most twice `MAX_MESSAGES`."""
    ids = [entry.get("id") for entry in entries[:2 * MAX_MESSAGES] if isinstance(entry, dict)]
    return [id for id in ids if is_id(id)]


def _parse_catch_up(frame):
    return CatchUp(parse_seq(frame.get("since"), "since"))


def _parse_history(frame):
    limit = frame.get("limit")
    if limit is not None:
        limit = max(1, parse_seq(limit, "limit"))
    return History(parse_seq(frame.get("before"), "before"), limit)


def _parse_ping(frame):
    return Ping(parse_seq(frame.get("seq"), "seq"))


PARSERS = {SEND: _parse_send, CATCH_UP: _parse_catch_up, HISTORY: _parse_history, PING: _parse_ping}
