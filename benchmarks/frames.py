"""WebSocket frames (RFC 6455, 5.2) as cheaply as a load generator needs them: cut out of bytes, and made."""
from __future__ import unicode_literals

import struct

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

MASKED = 0x80
NO_MASK = b"\0\0\0\0"  # A client's frame must have a mask; with this one the payload stays as it is.


def cut(data):
    """``([(opcode, payload)], rest)``: the whole frames of ``data``, and what is not yet one."""
    frames, start, end = [], 0, len(data)
    while end - start >= 2:
        first, length = struct.unpack_from(str("!BB"), data, start)
        begin = start + 2
        if length == 126:
            begin += 2
        elif length == 127:
            begin += 8
        if begin > end:
            break
        if length == 126:
            length, = struct.unpack_from(str("!H"), data, start + 2)
        elif length == 127:
            length, = struct.unpack_from(str("!Q"), data, start + 2)
        if begin + length > end:
            break
        frames.append((first & 0x0f, data[begin:begin + length]))
        start = begin + length
    return frames, data[start:]


def make(opcode, payload):
    """A client's frame, of less than 64 KB."""
    first = 0x80 | opcode
    if len(payload) < 126:
        head = struct.pack(str("!BB"), first, MASKED | len(payload))
    else:
        head = struct.pack(str("!BBH"), first, MASKED | 126, len(payload))
    return head + NO_MASK + payload
