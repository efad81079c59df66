"""JSON as short text, written by the quickest way that this Python has."""
from __future__ import unicode_literals

import json
from functools import partial

import six

_as_text = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
_as_ascii = partial(json.dumps, separators=(",", ":"))


def _as_ascii_if_it_is(value):
    # Python 2.7 has ASCII alone written by C, seven times as fast, and most frames are nothing else.
    text = _as_ascii(value).decode("ascii")
    return _as_text(value) if "\\u" in text else text


#: ``dumps(value)``: of dicts, lists, text and numbers; text without spaces, nothing escaped that needs not be.
dumps = _as_ascii_if_it_is if six.PY2 else _as_text
