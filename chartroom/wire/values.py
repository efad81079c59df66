"""Values out of a frame: checked one by one, refused with a `FrameError`."""
from __future__ import unicode_literals

import json
import re

import six

from chartroom.errors import FrameError
from chartroom.wire.limits import MAX_DATA, MAX_DEPTH, MAX_ID, MAX_SEQ, MAX_TEXT
from chartroom.wire.protocol import BAD_FRAME, EMPTY, TOO_LONG

# A half of a surrogate pair without the other half: no Unicode text, and no database takes it.
LONE_SURROGATE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")

# `int` takes the digits of every script, and `str.isdigit` even some that `int` does not.
SEQ_DIGITS = re.compile(r"[0-9]{1,19}\Z")


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
    if not is_id(value):
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


def is_id(value):
    return isinstance(value, six.text_type) and is_clean(value) and 1 <= count_characters(value) <= MAX_ID


def bounded_int(digits):
    # int() needs quadratic time: a frame of nothing but digits would hold a worker for seconds.
    if len(digits) > 20:
        raise ValueError("a number beyond 64 bits")
    return int(digits)


def no_constant(name):
    raise ValueError("%s is no JSON" % name)
