# coding: utf-8
"""
What stands in a channel's list: a header line and the message's body.

    cr1 <expires> <tries> <channel> <channel> …\\n<body>

``expires``: milliseconds since 1970, 0 for never; ``tries``: how often it was
given back by workers; the channels: the full names it is for, several of one
interface process for a group's message; the body: serialized, and encrypted
where there are keys. The Lua scripts read and write the same header.
"""
from __future__ import unicode_literals

from collections import namedtuple

VERSION = b"cr1"

Entry = namedtuple("Entry", "expires tries channels body")


class Unreadable(Exception):
    """Foreign bytes, another version's entry, or one for which the key is missing."""


def header(expires, channels=()):
    """The header's text, without its line end; a script adds the channels where there are none."""
    return " ".join(["cr1 %d 0" % expires] + list(channels)).encode("ascii")


def pack(expires, channels, body):
    return header(expires, channels) + b"\n" + body


def unpack(raw):
    """An `Entry`; raises `Unreadable`."""
    line, newline, body = raw.partition(b"\n")
    parts = line.split(b" ")
    if not newline or len(parts) < 4 or parts[0] != VERSION:
        raise Unreadable("it begins with %r" % raw[:20])
    try:
        return Entry(int(parts[1]), int(parts[2]), [part.decode("ascii") for part in parts[3:]], body)
    except ValueError as error:
        raise Unreadable(error)
