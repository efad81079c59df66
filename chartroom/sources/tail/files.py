"""Who may watch which file."""
from __future__ import unicode_literals

from collections import namedtuple

from django.contrib.auth import get_user_model

from chartroom.conf import conf
from chartroom.errors import Refused
from chartroom.wire import protocol

# As a reader may know it: never with its path.
File = namedtuple("File", "number label")


def may(user, number):
    return conf.TAIL_PERMISSION is None or bool(conf.TAIL_PERMISSION(user, number))


def visible_to(user):
    """The `File`s that a user may watch, in the order of their numbers."""
    return [File(number, label) for number, (_, label) in conf.TAIL_FILES.items() if may(user, number)]


def check_log_in(user):
    """Raises `Refused` for who is nobody, or barred."""
    if user is None or user.pk is None or not user.is_active:
        raise Refused(protocol.CLOSE_LOG_IN, "log in first")


def enter(user, number):
    """The `File` that a user wants to watch; raises `Refused`, with the close code."""
    check_log_in(user)
    if number not in conf.TAIL_FILES:
        raise Refused(protocol.CLOSE_NOT_FOUND, "no such file")
    if not may(user, number):
        raise Refused(protocol.CLOSE_FORBIDDEN, "not allowed")
    return File(number, conf.TAIL_FILES[number][1])


def is_still_welcome(user_pk, number):
    """Whether a socket that was let in may stay."""
    # Not filtered by is_active: a project's own user model may have it as an attribute alone.
    user = get_user_model()._default_manager.filter(pk=user_pk).first()
    return user is not None and user.is_active and number in conf.TAIL_FILES and may(user, number)
