# coding: utf-8
"""
Redis's wire format (RESP, https://redis.io/docs/reference/protocol-spec/), without I/O.
"""
from __future__ import unicode_literals

END = b"\r\n"


class ReplyError(Exception):
    """Redis's answer to a command that it rejects; the first word is a code."""

    @property
    def code(self):
        return self.args[0].split(" ", 1)[0]


def command(*words):
    """The bytes of a command; words are bytes, text or numbers."""
    packed = [b"*%d" % len(words)]
    for word in words:
        if not isinstance(word, bytes):
            word = ("%s" % word).encode("utf-8")
        packed += [b"$%d" % len(word), word]
    return END.join(packed) + END


class Replies(object):
    """
    Parses received data into replies: bytes, numbers, lists, None, and `ReplyError`
    (as a value, because a list may contain one).
    """

    def __init__(self):
        self._buffer = b""
        self._open = []  # incomplete lists, outermost first: (items, final length)

    def feed(self, data):
        """Returns the replies that are complete now. Raises ``ValueError`` for data that is not RESP."""
        buffer = self._buffer + data if self._buffer else data
        at, complete = 0, []
        while True:
            end = buffer.find(END, at)
            if end < 0:
                break
            kind, rest = buffer[at:at + 1], buffer[at + 1:end]
            at_next = end + 2
            if kind == b"$":
                length = int(rest)
                value = None
                if length >= 0:
                    if len(buffer) < at_next + length + 2:
                        break
                    value = buffer[at_next:at_next + length]
                    at_next += length + 2
            elif kind == b":":
                value = int(rest)
            elif kind == b"+":
                value = rest
            elif kind == b"-":
                value = ReplyError(rest.decode("utf-8", "replace"))
            elif kind == b"*":
                length = int(rest)
                if length > 0:
                    self._open.append(([], length))
                    at = at_next
                    continue
                value = None if length < 0 else []
            else:
                raise ValueError("%r is not a reply of Redis" % buffer[at:at + 20])
            at = at_next
            self._add(value, complete)
        self._buffer = buffer[at:]
        return complete

    def _add(self, value, complete):
        """Adds a value to the innermost incomplete list; a list that becomes complete is a value in turn."""
        while self._open:
            items, length = self._open[-1]
            items.append(value)
            if len(items) < length:
                return
            self._open.pop()
            value = items
        complete.append(value)
