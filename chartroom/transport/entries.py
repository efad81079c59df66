# coding: utf-8
"""
What stands in a channel's list: a header line and the message's body.

    cr1 <expires> <tries> =<group> <channel> <channel> …\\n<body>

``expires``: milliseconds since 1970, 0 for never; ``tries``: how often it was
given back by workers; the group, only where it was sent to one; the channels:
the full names it is for, several of one interface process for a group's
message; the body: serialized, and encrypted where there are keys. The Lua
scripts read and write the same header.
"""
from __future__ import unicode_literals

from collections import namedtuple

VERSION = b"cr1"

GROUP = "="

Entry = namedtuple("Entry", "expires tries group channels body")


class Unreadable(Exception):
    """Foreign bytes, another version's entry, or one for which the key is missing."""


def header(expires, channels=()):
    """The header's text, without its line end; a script adds the channels where there are none."""
    return " ".join(["cr1 %d 0" % expires] + list(channels)).encode("ascii")


def group_mark(group):
    """Stands before the channels of a group's entry."""
    return GROUP + group


def pack(expires, channels, body):
    return header(expires, channels) + b"\n" + body


def split(raw):
    """
    ``(expires, tries, recipients, body)``, the recipients as they stand there,
    for `recipients`; raises `Unreadable`.
    """
    line, newline, body = raw.partition(b"\n")
    parts = line.split(b" ", 3)
    if not newline or len(parts) < 4 or parts[0] != VERSION:
        raise Unreadable("it begins with %r" % raw[:20])
    try:
        return int(parts[1]), int(parts[2]), parts[3], body
    except ValueError as error:
        raise Unreadable(error)


def recipients(part):
    """``(group or None, [channel])``; raises `Unreadable`."""
    try:
        names = part.decode("ascii").split(" ")
    except ValueError as error:
        raise Unreadable(error)
    group = names.pop(0)[len(GROUP):] if names[0].startswith(GROUP) else None
    if not names:
        raise Unreadable("it is for nobody")
    return group, names


def unpack(raw):
    """An `Entry`; raises `Unreadable`."""
    expires, tries, part, body = split(raw)
    group, channels = recipients(part)
    return Entry(expires, tries, group, channels, body)
