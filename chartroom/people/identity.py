# coding: utf-8
"""The identity of a request or a socket: a user, a named guest, or nobody."""
from __future__ import unicode_literals

import uuid
from collections import namedtuple
from functools import reduce
from operator import or_

import six
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import ugettext as _

from chartroom.conf import conf
from chartroom.models import GUEST_SENDER, MAX_AUTHOR
from chartroom.people import names
from chartroom.wire import values

GUEST_SESSION_KEY = "chartroom_guest"
USER_SENDER = "user:"  # prefix of a user's sender, before the primary key
MAX_GUEST_NAME = 32  # characters

# ``sender``: see `models.ChatMessage`; ``author``: the name that other users see.
Identity = namedtuple("Identity", "sender author guest")

NOBODY = Identity("", "anonymous", True)


class BadName(Exception):
    """A guest may not choose this name. The message states the reason, in the user's language."""


def identify(user, session):
    """Return the `Identity` of a request's or socket's user and session; either may be None."""
    # Before Django 1.10, a session keeps its user after that was made inactive.
    if user is not None and user.pk is not None and user.is_active:
        return Identity(sender_of(user), user.get_username()[:MAX_AUTHOR], False)
    guest = session.get(GUEST_SESSION_KEY) if session is not None else None
    if guest:
        return Identity(GUEST_SENDER + guest["key"], guest["name"], True)
    return NOBODY


def sender_of(user):
    """Return the sender (text) of a user's messages: "user:5"."""
    return "%s%s" % (USER_SENDER, user.pk)


def name_guest(session, name):
    """
    Store a guest's name in the session, in its normal form (NFKC). A new name keeps the guest's key.

    Raise `BadName` if the name is empty, too long, not visible, reserved, or looks like a user's.
    """
    if not values.is_clean(name):
        raise BadName(_("Please choose a name."))
    name = names.normal(name)
    if not name:
        raise BadName(_("Please choose a name."))
    if values.count_characters(name) > MAX_GUEST_NAME:
        raise BadName(_("Please choose a shorter name: at most %d characters.") % MAX_GUEST_NAME)

    if not names.is_visible(name):
        raise BadName(_("Please choose a name with visible characters only."))
    if _is_reserved(name) or _is_a_users(name):
        raise BadName(_("This name is taken. Please choose another, or log in."))

    key = session.get(GUEST_SESSION_KEY, {}).get("key") or six.text_type(uuid.uuid4().hex)
    session[GUEST_SESSION_KEY] = {"key": key, "name": name}


def _is_reserved(name):
    looks = names.skeletons(name)
    return any(looks & names.skeletons(reserved) for reserved in conf.RESERVED_NAMES)


def _is_a_users(name):
    """Whether a user has this name, in any case, or one that looks like it: `аlice` with a Cyrillic а is `alice`."""
    field = get_user_model().USERNAME_FIELD + "__iexact"
    spellings = {name} | names.skeletons(name)
    return get_user_model()._default_manager.filter(
        reduce(or_, [Q(**{field: spelling}) for spelling in sorted(spellings)])).exists()
