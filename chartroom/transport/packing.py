"""
Messages as bytes (msgpack), by the library that is quick on this Python.

msgpack-python 0.5, which asgi_redis needs, builds no C extension from Python 3.9 on, and takes
ten to twenty times as long without; msgpack 1 would overwrite it. msgspec stands beside it.
Both write the same bytes and read each other's: processes on different Pythons may share a Redis.
"""
from __future__ import unicode_literals

from functools import partial

import msgpack
import six

DEEP = 50  # lists and dicts in one another

SINGLE = frozenset((six.text_type, bytes, float, bool, type(None)) + six.integer_types)
MANY = frozenset([list, tuple])

pack_by_msgpack = partial(msgpack.packb, use_bin_type=True)
# asgi_redis says encoding="utf8", which is the same, and takes six times as long on 2.7.
unpack_by_msgpack = partial(msgpack.unpackb, raw=False)


def are_plain(values, levels=DEEP):
    """Whether all of them are of the types themselves that msgpack knows, and not too deep in one another."""
    for value in values:
        kind = type(value)
        if kind in SINGLE:
            continue
        if not levels:
            return False
        if kind is dict:
            if not are_plain(value, levels - 1) or not are_plain(value.values(), levels - 1):
                return False
        elif kind not in MANY or not are_plain(value, levels - 1):
            return False
    return True


def packer(quick):
    """
    ``quick`` for what is plain. The rest is msgpack-python's, to take or to refuse as on every
    Python: msgspec would write a datetime in a way that it can't read, a set as a list, and
    refuse a safe text of Django's.
    """
    def packb(message):
        return quick(message) if are_plain([message]) else pack_by_msgpack(message)
    return packb


try:
    from msgspec.msgpack import Decoder, Encoder
except ImportError:
    packb, unpackb = pack_by_msgpack, unpack_by_msgpack
else:
    packb, unpackb = packer(Encoder().encode), Decoder().decode
