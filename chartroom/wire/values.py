"""Validates the values in frames; invalid ones raise `FrameError`."""
from __future__ import unicode_literals

import json
import re

import six

from chartroom.errors import FrameError
from chartroom.wire.limits import MAX_DATA, MAX_DEPTH, MAX_ID, MAX_SEQ, MAX_TEXT
from chartroom.wire.protocol import BAD_FRAME, EMPTY, TOO_LONG

# A surrogate without its other half is not valid Unicode text, and databases reject it.
LONE_SURROGATE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")

# ASCII only: `int` accepts the digits of every script, and `str.isdigit` even some that `int` rejects.
SEQ_DIGITS = re.compile(r"[0-9]{1,19}\Z")

# As the channel layers accept it.
REPLY_CHANNEL = re.compile(r"[a-zA-Z0-9_.-]+([!?][a-zA-Z0-9_.-]*)?\Z")
MAX_REPLY_CHANNEL = 99  # characters


def parse_text(text, id):
    """
    Check a message's text; return it stripped.

    Raise `FrameError` with ``id`` if it is empty, too long or not valid text.
    """
    if not isinstance(text, six.text_type):
        raise FrameError(BAD_FRAME, "text: a string is required.", [id])
    text = text.strip()
    if not text:
        raise FrameError(EMPTY, "text: nothing is left after stripping.", [id])
    if not is_clean(text):
        raise FrameError(BAD_FRAME, "text: must not contain NUL or half of a surrogate pair.", [id])
    if count_characters(text) > MAX_TEXT:
        raise FrameError(TOO_LONG, "text: at most %d characters." % MAX_TEXT, [id])
    return text


def parse_id(value):
    """Check and return a message's id; raise `FrameError` if it is invalid."""
    if not is_id(value):
        raise FrameError(BAD_FRAME, "id: a string of 1 to %d characters is required." % MAX_ID)
    return value


def check_data(data):
    """Raise `FrameError` unless ``data`` is None, or a dict that can be encoded as JSON within the limits."""
    if data is None:
        return
    if not isinstance(data, dict):
        raise FrameError(BAD_FRAME, "data: a JSON object (a dict) is required.")
    try:
        text = json.dumps(data, allow_nan=False)
        plain = json.dumps(json.loads(text, parse_int=_whole_64_bits), ensure_ascii=False)
    except (TypeError, ValueError, RuntimeError) as error:  # RuntimeError: nested too deep.
        raise FrameError(BAD_FRAME, "data: not valid JSON (%s)." % error)
    if len(text) > MAX_DATA:
        raise FrameError(TOO_LONG, "data: at most %d characters as JSON." % MAX_DATA)
    if LONE_SURROGATE.search(plain):
        raise FrameError(BAD_FRAME, "data: must not contain half of a surrogate pair.")
    if _is_deep(data):
        raise FrameError(BAD_FRAME, "data: at most %d nested lists and objects." % MAX_DEPTH)


def _whole_64_bits(digits):
    # msgpack, which encodes channel messages, supports no larger numbers.
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
    """Check and return a sequence number of a frame; raise `FrameError`, which names the key, if it is invalid."""
    if isinstance(value, bool) or not isinstance(value, six.integer_types) or not 0 <= value <= MAX_SEQ:
        raise FrameError(BAD_FRAME, "%s: a whole number from 0 to %d is required." % (name, MAX_SEQ))
    return value


def parse_seq_digits(text):
    """Parse a sequence number of a query string; return None if it is invalid."""
    seq = int(text) if SEQ_DIGITS.match(text) else -1
    return seq if 0 <= seq <= MAX_SEQ else None


def is_clean(text):
    """Whether every database and client accepts the text. On Python 2.7, pass ``unicode``."""
    if "\x00" in text or LONE_SURROGATE.search(text):
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def count_characters(text):
    """Count code points; ``len`` counts UTF-16 code units on a narrow build of Python 2.7."""
    return len(text.encode("utf-32-le")) // 4


def is_id(value):
    return isinstance(value, six.text_type) and is_clean(value) and 1 <= count_characters(value) <= MAX_ID


def bounded_int(digits):
    # int() takes quadratic time: a frame full of digits would block a worker for seconds.
    if len(digits) > 20:
        raise ValueError("a number beyond 64 bits")
    return int(digits)


def no_constant(name):
    raise ValueError("%s is not JSON" % name)


def is_reply_channel(value):
    """Whether a value from another process is a name to which a reply can be sent."""
    return isinstance(value, six.text_type) and len(value) <= MAX_REPLY_CHANNEL and REPLY_CHANNEL.match(value) is not None
