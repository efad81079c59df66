"""Who a request or a socket comes from: a user, a named guest, or nobody."""
from __future__ import unicode_literals

import unicodedata
import uuid
from collections import namedtuple

import six
from django.contrib.auth import get_user_model
from django.utils.translation import ugettext as _

from chartroom.models import GUEST_SENDER, MAX_AUTHOR
from chartroom.wire import values

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
    if not name or not values.is_clean(name):
        raise BadName(_("Please choose a name."))
    if values.count_characters(name) > MAX_GUEST_NAME:
        raise BadName(_("Please choose a shorter name: at most %d characters.") % MAX_GUEST_NAME)

    # Control and formatting characters make a name look like somebody else's.
    if any(unicodedata.category(character) in ("Cc", "Cf") or character in LATER_FORMATTING for character in name):
        raise BadName(_("Please choose a name of visible characters."))
    user_model = get_user_model()
    if user_model._default_manager.filter(**{user_model.USERNAME_FIELD + "__iexact": name}).exists():
        raise BadName(_("This name is taken. Please choose another, or log in."))

    key = session.get(GUEST_SESSION_KEY, {}).get("key") or six.text_type(uuid.uuid4().hex)
    session[GUEST_SESSION_KEY] = {"key": key, "name": name}
