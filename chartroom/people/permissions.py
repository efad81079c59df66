"""Who somebody is, and what they may do in a room."""
from __future__ import unicode_literals

import unicodedata
import uuid
from collections import namedtuple

import six
from django.contrib.auth import get_user_model
from django.utils.translation import ugettext as _

from chartroom.conf import conf
from chartroom.errors import FrameError, Refused
from chartroom.models import GUEST_SENDER, MAX_AUTHOR, is_room_name
from chartroom.wire import protocol

READ = "read"
SEND = "send"

GUEST_SESSION_KEY = "chartroom_guest"
MAX_GUEST_NAME = 32  # characters

# Formatting characters that Python 2.7's tables are too old to know as such.
LATER_FORMATTING = "\u061c\u2066\u2067\u2068\u2069"

# ``sender``: see `models.ChatMessage`; ``author``: the name that the others see.
Identity = namedtuple("Identity", "sender author guest")

NOBODY = Identity("", "anonymous", True)


class BadName(Exception):
    """A guest's name that can't be had; the text says why, in the reader's language."""


def identify(user, session):
    """The `Identity` of a request's or socket's user and session (None: it has none)."""
    # Before Django 1.10 a session has its user still when that was made inactive.
    if user is not None and user.pk is not None and user.is_active:
        return Identity("user:%s" % user.pk, user.get_username()[:MAX_AUTHOR], False)
    guest = session.get(GUEST_SESSION_KEY) if session is not None else None
    if guest:
        return Identity(GUEST_SENDER + guest["key"], guest["name"], True)
    return NOBODY


def name_guest(session, name):
    """
    Remembers a guest's chosen name in the session; the key stays over a renaming.

    Raises `BadName` for one that is empty, too long or a user's.
    """
    name = " ".join(name.split())
    if not name or not protocol.is_clean(name):
        raise BadName(_("Please choose a name."))
    if protocol.count_characters(name) > MAX_GUEST_NAME:
        raise BadName(_("Please choose a shorter name: at most %d characters.") % MAX_GUEST_NAME)

    # Control and formatting characters make a name look like somebody else's.
    if any(unicodedata.category(character) in ("Cc", "Cf") or character in LATER_FORMATTING for character in name):
        raise BadName(_("Please choose a name of visible characters."))
    user_model = get_user_model()
    if user_model._default_manager.filter(**{user_model.USERNAME_FIELD + "__iexact": name}).exists():
        raise BadName(_("This name is taken. Please choose another, or log in."))

    key = session.get(GUEST_SESSION_KEY, {}).get("key") or six.text_type(uuid.uuid4().hex)
    session[GUEST_SESSION_KEY] = {"key": key, "name": name}


def may(identity, namespace, name, action):
    """Whether ``identity`` may ``READ`` or ``SEND`` in a room."""
    if identity.guest and not conf.GUESTS:
        return False
    if action == SEND and namespace in conf.READ_ONLY:
        return False
    return conf.PERMISSION is None or bool(conf.PERMISSION(identity, namespace, name, action))


def check_enter(identity, namespace, name):
    """Raises `Refused`, with the close code, where ``identity`` may not read the room."""
    if not is_room_name(name):
        raise Refused(protocol.CLOSE_NOT_FOUND, "no such room name")
    if identity.guest and not conf.GUESTS:
        raise Refused(protocol.CLOSE_LOG_IN, "no guests here")
    if not may(identity, namespace, name, READ):
        raise Refused(protocol.CLOSE_FORBIDDEN, "not allowed")


def check_send(identity, namespace, name, ids=()):
    """Raises `FrameError` where ``identity`` may not write in the room."""
    if not may(identity, namespace, name, SEND):
        raise FrameError(protocol.FORBIDDEN, "You may not write in this room.", ids)


def is_still_welcome(identity, namespace, name):
    """Whether a socket that was let in may stay: its user may have been barred since."""
    if not identity.guest:
        # Not filtered by is_active: a project's own user model may have it as an attribute alone.
        user = get_user_model()._default_manager.filter(pk=identity.sender.partition(":")[2]).first()
        if user is None or not user.is_active:
            return False
    return may(identity, namespace, name, READ)
