"""
Encodes messages as msgpack, with the library that is fastest on this Python.

msgpack-python 0.5, which asgi_redis needs, builds no C extension from Python 3.9 on, and takes
ten to twenty times as long without; msgpack 1 would overwrite it. msgspec can be installed beside it.
Both write the same bytes, so processes on different Pythons can share a Redis.
"""
from __future__ import unicode_literals

from functools import partial

import msgpack
import six

MOST_NESTED = 50  # levels of lists and dicts

SCALARS = frozenset((six.text_type, bytes, float, bool, type(None)) + six.integer_types)
SEQUENCES = frozenset([list, tuple])

pack_by_msgpack = partial(msgpack.packb, use_bin_type=True)
# asgi_redis passes encoding="utf8": the same result, but six times as slow on 2.7.
unpack_by_msgpack = partial(msgpack.unpackb, raw=False)


def are_plain(values, levels=MOST_NESTED):
    """Whether all values are of exactly the types that msgpack supports (no subclasses), and not nested too deeply."""
    for value in values:
        kind = type(value)
        if kind in SCALARS:
            continue
        if not levels:
            return False
        if kind is dict:
            if not are_plain(value, levels - 1) or not are_plain(value.values(), levels - 1):
                return False
        elif kind not in SEQUENCES or not are_plain(value, levels - 1):
            return False
    return True


def packer(quick):
    """
    Encodes plain messages with ``quick`` (msgspec's encoder). All others go to msgpack-python, so that
    every Python accepts and rejects the same ones: msgspec encodes a datetime in a way that it can't
    decode and a set as a list, and rejects Django's safe strings.
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
