# coding: utf-8
"""
Decodes a file's bytes into lines of text.

A line ends with a line feed; a carriage return before it is removed. Invalid UTF-8 becomes
replacement characters, and a character whose bytes arrive in two reads is decoded as one.
The first `MAX_LINE` bytes of a line are emitted, and the rest is only counted, so that
memory is bounded for a line of any length.
"""
from __future__ import unicode_literals

import codecs
import re

MAX_LINE = 8192  # bytes emitted of one line

# Encoded surrogates: Python 2.7 decodes them, but they are not valid UTF-8 (RFC 3629, section 3).
SURROGATE = re.compile(br"\xed[\xa0-\xbf][\x80-\xbf]")


def decode(data, is_whole):
    """Return ``(text, bytes used)``. Unless ``is_whole``, an incomplete character at the end is left unused."""
    if b"\xed" in data:
        data = SURROGATE.sub(b"\xef\xbf\xbd", data)
    return codecs.utf_8_decode(data, "replace", is_whole)


def entry(text, joins, cut):
    """
    A line as it is in a frame: its text, or a dict with ``joins`` or ``cut`` as well.

    ``joins``: it continues the line before it, which was not finished; ``cut``: the number
    of bytes that were left out.
    """
    if not joins and not cut:
        return text
    line = {"text": text}
    if joins:
        line["joins"] = True
    if cut:
        line["cut"] = cut
    return line


class Lines(object):
    """
    Converts bytes from ``offset`` on into pairs of an entry and the offset after it.
    ``shown``: bytes of the line at ``offset`` that were emitted before.
    """

    def __init__(self, offset, shown=0):
        self.offset = offset  # everything before it is emitted or counted
        self.shown = shown    # bytes of the current line that are emitted
        self.joins = shown > 0
        self.cut = 0          # bytes of the current line that are left out
        self.rest = b""       # bytes after the offset, not yet emitted

    def feed(self, data):
        pieces = (self.rest + data).split(b"\n")
        self.rest = pieces.pop()
        pairs = [(self._end_line(piece), self.offset) for piece in pieces]
        if self.shown + len(self.rest) > MAX_LINE:
            pairs += self._cut_rest()
        return pairs

    def flush(self):
        """Emit the unfinished line, which may be continued: at most one pair."""
        rest = self.rest[:-1] if self.rest.endswith(b"\r") else self.rest
        text, used = decode(rest, False)
        if not text:
            return []
        line = entry(text, self.joins, 0)
        self._consume(used)
        return [(line, self.offset)]

    def finish(self):
        """Emit the unfinished line, which will not be continued: at most one pair."""
        if not self.rest and not self.cut:
            return []
        line = self._end_line(self.rest)
        self.offset -= 1  # there was no line feed
        self.rest = b""
        return [(line, self.offset)]

    def _end_line(self, piece):
        self.offset += len(piece) + 1
        if piece.endswith(b"\r"):
            piece = piece[:-1]
        room = MAX_LINE - self.shown
        cut = self.cut + max(0, len(piece) - room)
        text, used = decode(piece[:room], len(piece) <= room)
        if len(piece) > room:
            cut += room - used
        line = entry(text, self.joins, cut)
        self.shown, self.joins, self.cut = 0, False, 0
        return line

    def _cut_rest(self):
        """Emit the beginning of an overlong line, and count the bytes after it."""
        pairs = []
        room = MAX_LINE - self.shown
        if room > 0:
            text, used = decode(self.rest[:room], False)
            pairs = [(entry(text, self.joins, 0), self.offset + used)]
            self._consume(used)
            self.shown = MAX_LINE
        self.cut += len(self.rest)
        self.offset += len(self.rest)
        self.rest = b""
        return pairs

    def _consume(self, count):
        self.rest = self.rest[count:]
        self.offset += count
        self.shown += count
        self.joins = True
