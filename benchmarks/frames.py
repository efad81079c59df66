"""WebSocket frames (RFC 6455, 5.2), parsed and built as cheaply as a load generator needs."""
from __future__ import unicode_literals

import struct

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

MASKED = 0x80
NO_MASK = b"\0\0\0\0"  # A client's frame must be masked; this mask leaves the payload unchanged.


def cut(data):
    """Returns ``([(opcode, payload)], rest)``: the complete frames in ``data``, and the remaining bytes."""
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
    """A client's frame; ``payload`` is shorter than 64 KB."""
    first = 0x80 | opcode
    if len(payload) < 126:
        head = struct.pack(str("!BB"), first, MASKED | len(payload))
    else:
        head = struct.pack(str("!BBH"), first, MASKED | 126, len(payload))
    return head + NO_MASK + payload
