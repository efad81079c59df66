# coding: utf-8
"""
The format of an entry in a channel's list: a header line and the message's body.

    cr1 <expires> <tries> =<group> <channel> <channel> …\\n<body>

``expires``: milliseconds since 1970, 0 for never. ``tries``: how often workers
have requeued the entry. ``group``: only for a message to a group. The channels:
the full names of the recipients; a message to a group has all of one interface
process. The body: serialized, and encrypted if the layer has keys. The Lua
scripts read and write the same header.
"""
from __future__ import unicode_literals

from collections import namedtuple

VERSION = b"cr1"

GROUP = "="

Entry = namedtuple("Entry", "expires tries group channels body")


class Unreadable(Exception):
    """Foreign bytes, an entry of another version, or one whose encryption key is missing."""


def header(expires, channels=()):
    """The header as bytes, without the newline; a script appends the channels where there are none."""
    return " ".join(["cr1 %d 0" % expires] + list(channels)).encode("ascii")


def group_mark(group):
    """The word before the channels in the entry of a group's message."""
    return GROUP + group


def pack(expires, channels, body):
    return header(expires, channels) + b"\n" + body


def split(raw):
    """
    ``(expires, tries, recipients, body)``, with the recipients as bytes for
    `recipients`. Raises `Unreadable`.
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
    """``(group or None, [channel])``. Raises `Unreadable`."""
    try:
        names = part.decode("ascii").split(" ")
    except ValueError as error:
        raise Unreadable(error)
    group = names.pop(0)[len(GROUP):] if names[0].startswith(GROUP) else None
    if not names:
        raise Unreadable("it has no recipients")
    return group, names


def unpack(raw):
    """An `Entry`. Raises `Unreadable`."""
    expires, tries, part, body = split(raw)
    group, channels = recipients(part)
    return Entry(expires, tries, group, channels, body)
