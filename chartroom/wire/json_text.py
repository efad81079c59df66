"""Compact JSON, with the fastest encoder of the running Python."""
from __future__ import unicode_literals

import json
from functools import partial

import six

_as_text = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
_as_ascii = partial(json.dumps, separators=(",", ":"))


def _as_ascii_if_possible(value):
    # On Python 2.7 only the ASCII encoder is in C, which is seven times as fast, and most frames are ASCII.
    text = _as_ascii(value).decode("ascii")
    return _as_text(value) if "\\u" in text else text


#: ``dumps(value)``: encode dicts, lists, text and numbers, without spaces or unnecessary escapes.
dumps = _as_ascii_if_possible if six.PY2 else _as_text
