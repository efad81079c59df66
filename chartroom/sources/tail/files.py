"""Permissions to watch files."""
from __future__ import unicode_literals

from collections import namedtuple

from chartroom.conf import conf
from chartroom.errors import Refused
from chartroom.wire import protocol

# What users may know of a file: never its path.
File = namedtuple("File", "number label")


def may(user, number):
    return conf.TAIL_PERMISSION is None or bool(conf.TAIL_PERMISSION(user, number))


def visible_to(user):
    """The `File`s that a user may watch, by number."""
    return [File(number, label) for number, (_, label) in conf.TAIL_FILES.items() if may(user, number)]


def check_log_in(user):
    """Raise `Refused` for an anonymous or inactive user."""
    if user is None or user.pk is None or not user.is_active:
        raise Refused(protocol.CLOSE_LOG_IN, "log in first")


def enter(user, number):
    """Return the `File` with a number if the user may watch it; raise `Refused`, with the close code, if not."""
    check_log_in(user)
    if number not in conf.TAIL_FILES:
        raise Refused(protocol.CLOSE_NOT_FOUND, "no such file")
    if not may(user, number):
        raise Refused(protocol.CLOSE_FORBIDDEN, "not allowed")
    return File(number, conf.TAIL_FILES[number][1])


def is_still_allowed(user, number):
    """Whether an active user who watches the file may go on watching it."""
    return user is not None and number in conf.TAIL_FILES and may(user, number)
