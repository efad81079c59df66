# coding: utf-8
"""
From a file's bytes to lines of text.

A line ends at a line feed; a carriage return before it is no part of it. What is no
UTF-8 becomes replacement characters, and a character whose bytes come in two reads
stays whole. Of a line's bytes the first `MAX_LINE` are told, and the rest is
counted: never is a whole line of any length held.
"""
from __future__ import unicode_literals

import codecs
import re

MAX_LINE = 8192  # bytes

# Halves of surrogate pairs: Python 2.7 takes them for text, and no browser does (RFC 3629, section 3).
SURROGATE = re.compile(br"\xed[\xa0-\xbf][\x80-\xbf]")


def decode(data, is_whole):
    """``(text, bytes used)``: where more may follow, a character that is cut off at the end is left."""
    if b"\xed" in data:
        data = SURROGATE.sub(b"\xef\xbf\xbd", data)
    return codecs.utf_8_decode(data, "replace", is_whole)


def entry(text, joins, cut):
    """
    What a frame carries for a line: its text, or where there is more to say of it a dict.

    ``joins``: it goes on with the line before it, whose end had not come yet;
    ``cut``: so many of its bytes were left out.
    """
    if not joins and not cut:
        return text
    told = {"text": text}
    if joins:
        told["joins"] = True
    if cut:
        told["cut"] = cut
    return told


class Lines(object):
    """
    Fed with bytes from ``offset`` on, it gives pairs of an entry and the offset behind
    it. ``shown``: bytes of the line at ``offset`` that were told before.
    """

    def __init__(self, offset, shown=0):
        self.offset = offset  # up to here all is told or counted
        self.shown = shown
        self.joins = shown > 0
        self.cut = 0
        self.rest = b""

    def feed(self, data):
        pieces = (self.rest + data).split(b"\n")
        self.rest = pieces.pop()
        told = [(self._end_line(piece), self.offset) for piece in pieces]
        if self.shown + len(self.rest) > MAX_LINE:
            told += self._cut_rest()
        return told

    def flush(self):
        """What stands there without an end, and will be gone on with: at most one pair."""
        rest = self.rest[:-1] if self.rest.endswith(b"\r") else self.rest
        text, used = decode(rest, False)
        if not text:
            return []
        told = entry(text, self.joins, 0)
        self._took(used)
        return [(told, self.offset)]

    def finish(self):
        """What stands there, where no end will come: at most one pair."""
        if not self.rest and not self.cut:
            return []
        told = self._end_line(self.rest)
        self.offset -= 1  # there was no line feed
        self.rest = b""
        return [(told, self.offset)]

    def _end_line(self, piece):
        self.offset += len(piece) + 1
        if piece.endswith(b"\r"):
            piece = piece[:-1]
        room = MAX_LINE - self.shown
        cut = self.cut + max(0, len(piece) - room)
        text, used = decode(piece[:room], len(piece) <= room)
        if len(piece) > room:
            cut += room - used
        told = entry(text, self.joins, cut)
        self.shown, self.joins, self.cut = 0, False, 0
        return told

    def _cut_rest(self):
        """The line is too long already: its beginning is told at once, and of the rest only the length is kept."""
        told = []
        room = MAX_LINE - self.shown
        if room > 0:
            text, used = decode(self.rest[:room], False)
            told = [(entry(text, self.joins, 0), self.offset + used)]
            self._took(used)
            self.shown = MAX_LINE
        self.cut += len(self.rest)
        self.offset += len(self.rest)
        self.rest = b""
        return told

    def _took(self, count):
        self.rest = self.rest[count:]
        self.offset += count
        self.shown += count
        self.joins = True
