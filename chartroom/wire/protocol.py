"""
The wire protocol, version 1: JSON text frames. ``docs/protocol.md`` specifies
each key; this module is the one place where their names stand.

No I/O and no Django here: text in, values out, and back.
"""
from __future__ import unicode_literals

import json
import re
from collections import namedtuple

import six

from chartroom.errors import FrameError
from chartroom.wire import json_text

PROTOCOL = 1
SUBPROTOCOL = "chartroom.v1"

# Client to server.
SEND = "send"
CATCH_UP = "catch_up"
HISTORY = "history"
PING = "ping"

# Server to client; CATCH_UP and HISTORY go both ways.
WELCOME = "welcome"
MESSAGES = "messages"
ACK = "ack"
PONG = "pong"
ERROR = "error"

BAD_FRAME = "bad_frame"
UNKNOWN_TYPE = "unknown_type"
TOO_LONG = "too_long"
EMPTY = "empty"
TOO_MANY = "too_many"
RATE_LIMITED = "rate_limited"
FORBIDDEN = "forbidden"
BUSY = "busy"
ID_REUSED = "id_reused"
SERVER_ERROR = "server_error"

ERROR_CODES = (
    BAD_FRAME, UNKNOWN_TYPE, TOO_LONG, EMPTY, TOO_MANY,
    RATE_LIMITED, FORBIDDEN, BUSY, ID_REUSED, SERVER_ERROR,
)

# RFC 6455, section 7.4: 1012 and 1013 from the registry, 4000 and up our own.
CLOSE_RESTART = 1012
CLOSE_TRY_AGAIN = 1013
CLOSE_BAD_REQUEST = 4400
CLOSE_LOG_IN = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_NOT_FOUND = 4404
CLOSE_TOO_SLOW = 4408

MAX_FRAME = 262144     # characters of one frame from a client
MAX_MESSAGES = 50      # messages in one send frame
MAX_ID = 64            # characters of a message's id
MAX_TEXT = 4096        # characters of a message's text, after stripping
MAX_DATA = 16384       # characters of a message's structured data, as JSON
# Levels of lists and objects in it. JSON is read by recursion: what can just be read here
# might be too deep for a worker, and with it the room's whole history.
MAX_DEPTH = 20
MAX_SEQ = 2 ** 63 - 1  # what the database's column holds

# What the JavaScript's copy is written from (``manage.py protocoljs``).
SHARED_NAMES = (
    "PROTOCOL", "SUBPROTOCOL",
    "SEND", "CATCH_UP", "HISTORY", "PING", "WELCOME", "MESSAGES", "ACK", "PONG", "ERROR",
) + tuple(code.upper() for code in ERROR_CODES) + (
    "CLOSE_RESTART", "CLOSE_TRY_AGAIN", "CLOSE_BAD_REQUEST", "CLOSE_LOG_IN",
    "CLOSE_FORBIDDEN", "CLOSE_NOT_FOUND", "CLOSE_TOO_SLOW",
    "MAX_FRAME", "MAX_MESSAGES", "MAX_ID", "MAX_TEXT",
)

Send = namedtuple("Send", "messages refused")    # [Outgoing], [FrameError]
Outgoing = namedtuple("Outgoing", "id text")
CatchUp = namedtuple("CatchUp", "since")
History = namedtuple("History", "before limit")  # limit None: the server's own
Ping = namedtuple("Ping", "seq")

# A half of a surrogate pair without the other half: no Unicode text, and no database takes it.
LONE_SURROGATE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")

# `int` takes the digits of every script, and `str.isdigit` even some that `int` does not.
SEQ_DIGITS = re.compile(r"[0-9]{1,19}\Z")


# From the client

def parse(text):
    """
    Reads one client frame: a `Send`, `CatchUp`, `History` or `Ping`.

    Raises `FrameError` when nothing of the frame can be used. A `Send` whose
    messages are partly wrong keeps the good ones and lists the others.
    """
    if len(text) > MAX_FRAME:
        raise FrameError(TOO_LONG, "A frame has at most %d characters." % MAX_FRAME)

    # Nesting beyond the interpreter's limit is a RuntimeError on 2.7, its subclass RecursionError on 3.
    try:
        frame = json.loads(text, parse_int=bounded_int, parse_constant=no_constant)
    except (ValueError, RuntimeError):
        raise FrameError(BAD_FRAME, "The frame is not JSON, or has numbers or nesting beyond all use.")
    if not isinstance(frame, dict):
        raise FrameError(BAD_FRAME, "The frame is not a JSON object.")

    kind = frame.get("type")
    if not isinstance(kind, six.text_type):
        raise FrameError(BAD_FRAME, "type: a string is required.")
    if kind not in PARSERS:
        raise FrameError(UNKNOWN_TYPE, "type: one of %s." % ", ".join(sorted(PARSERS)))
    return PARSERS[kind](frame)


def parse_text(text, id):
    """
    Checks a message's text, and returns it stripped.

    Raises `FrameError` with ``id`` for what is empty, too long, or no text.
    """
    if not isinstance(text, six.text_type):
        raise FrameError(BAD_FRAME, "text: a string is required.", [id])
    text = text.strip()
    if not text:
        raise FrameError(EMPTY, "text: nothing is left after stripping.", [id])
    if not is_clean(text):
        raise FrameError(BAD_FRAME, "text: no NUL and no half of a surrogate pair.", [id])
    if count_characters(text) > MAX_TEXT:
        raise FrameError(TOO_LONG, "text: at most %d characters." % MAX_TEXT, [id])
    return text


def parse_id(value):
    """Checks a message's id, and returns it; raises `FrameError`."""
    if not _is_id(value):
        raise FrameError(BAD_FRAME, "id: a string of 1 to %d characters is required." % MAX_ID)
    return value


def check_data(data):
    """Raises `FrameError` where ``data`` is neither None nor a dict that JSON holds, and not too much of it."""
    if data is None:
        return
    if not isinstance(data, dict):
        raise FrameError(BAD_FRAME, "data: a JSON object (a dict) is required.")
    try:
        text = json.dumps(data, allow_nan=False)
        plain = json.dumps(json.loads(text, parse_int=_whole_64_bits), ensure_ascii=False)
    except (TypeError, ValueError, RuntimeError) as error:  # RuntimeError: nested too deep.
        raise FrameError(BAD_FRAME, "data: no JSON (%s)." % error)
    if len(text) > MAX_DATA:
        raise FrameError(TOO_LONG, "data: at most %d characters as JSON." % MAX_DATA)
    if LONE_SURROGATE.search(plain):
        raise FrameError(BAD_FRAME, "data: a half of a surrogate pair is in it.")
    if _is_deep(data):
        raise FrameError(BAD_FRAME, "data: at most %d lists and objects in one another." % MAX_DEPTH)


def _whole_64_bits(digits):
    # What msgpack, on a channel, can't carry.
    number = bounded_int(digits)
    if not -2 ** 63 <= number < 2 ** 63:
        raise ValueError("a number beyond 64 bits")
    return number


def _is_deep(value):
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list, tuple))
        ]
    return bool(level)


def parse_seq(value, name):
    """A sequence number out of a frame; raises `FrameError` naming the key."""
    if isinstance(value, bool) or not isinstance(value, six.integer_types) or not 0 <= value <= MAX_SEQ:
        raise FrameError(BAD_FRAME, "%s: a whole number from 0 to %d is required." % (name, MAX_SEQ))
    return value


def parse_seq_digits(text):
    """A sequence number out of an address's query, or None for what is none."""
    seq = int(text) if SEQ_DIGITS.match(text) else -1
    return seq if 0 <= seq <= MAX_SEQ else None


def is_clean(text):
    """Whether every database and every client can hold the text (str on 2.7 is bytes: pass unicode)."""
    if "\x00" in text or LONE_SURROGATE.search(text):
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def count_characters(text):
    """Code points; ``len`` counts UTF-16 units on a narrow Python 2.7."""
    return len(text.encode("utf-32-le")) // 4


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
    if not _is_id(id):
        raise FrameError(BAD_FRAME, "messages[%d].id: a string of 1 to %d characters is required." % (index, MAX_ID))
    return Outgoing(id, parse_text(entry.get("text"), id))


def _is_id(value):
    return isinstance(value, six.text_type) and is_clean(value) and 1 <= count_characters(value) <= MAX_ID


def _readable_ids(entries):
    """So that the sender of too many can mark each; no more than it may send in one frame twice over."""
    ids = [entry.get("id") for entry in entries[:2 * MAX_MESSAGES] if isinstance(entry, dict)]
    return [id for id in ids if _is_id(id)]


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


def bounded_int(digits):
    # int() needs quadratic time: a frame of nothing but digits would hold a worker for seconds.
    if len(digits) > 20:
        raise ValueError("a number beyond 64 bits")
    return int(digits)


def no_constant(name):
    raise ValueError("%s is no JSON" % name)


# To the client

def encode(frame):
    """A frame (dict of text, numbers, lists) as the text that goes onto the wire."""
    return json_text.dumps(frame)


def moment(at):
    """An aware datetime in UTC as ISO 8601, to the millisecond."""
    return "%s.%03dZ" % (at.strftime("%Y-%m-%dT%H:%M:%S"), at.microsecond // 1000)


def message(seq, id, author, sender, source, text, at, guest=False, data=None):
    """One stored message as each frame carries it; ``at`` an aware datetime in UTC."""
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
    """A `FrameError` as a frame."""
    frame = {"type": ERROR, "code": failure.code, "detail": failure.detail}
    if failure.ids:
        frame["id"] = failure.ids[0]
    if len(failure.ids) > 1:
        frame["ids"] = failure.ids
    if failure.retry_after is not None:
        frame["retry_after"] = failure.retry_after
    return encode(frame)


def errors(failures):
    """Frames for several `FrameError`: those of one code share a frame, which lists all their ids."""
    by_code = {}
    for failure in failures:
        first = by_code.setdefault(failure.code, FrameError(failure.code, failure.detail, (), failure.retry_after))
        first.ids.extend(failure.ids)
    return [error(by_code[code]) for code in ERROR_CODES if code in by_code]


# In the reader

def merge(have, new, seq=None):
    """
    What a reader shows after frames came in any order, some of them twice.

    ``have`` and ``new``: lists of message dicts; ``seq``: the last number that
    the reader knows to be complete (None: it takes whatever comes first as its
    beginning). Returns ``(messages, seq, gap)``: all of them once, in order;
    the last ``seq`` up to which nothing is missing; and whether something is
    missing behind it.
    """
    by_seq = {wire["seq"]: wire for wire in have}
    by_seq.update((wire["seq"], wire) for wire in new)
    merged = [by_seq[number] for number in sorted(by_seq)]

    if seq is None and merged:
        seq = merged[0]["seq"]
    while seq is not None and seq + 1 in by_seq:
        seq += 1
    return merged, seq, bool(merged) and merged[-1]["seq"] > (seq or 0)
