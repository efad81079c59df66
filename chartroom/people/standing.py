"""
Whether senders may still act: their user is active, and their session has not ended.

For many senders at once, such as those of all open sockets: one query for the users
and one for the sessions.
"""
from __future__ import unicode_literals

from importlib import import_module

import six
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user, get_user_model
from django.contrib.sessions.backends import cache, db
from django.core.exceptions import ValidationError
from django.db import DataError
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chartroom.models import GUEST_SENDER
from chartroom.people.identity import GUEST_SESSION_KEY, USER_SENDER, identify


class Standing(object):
    """
    ``pairs``: (sender, session key or None) of sockets. Raises ``DatabaseError`` if the
    database is unavailable.
    """

    def __init__(self, pairs):
        pairs = set(pairs)
        self._sessions = load_sessions({key for _, key in pairs if key is not None})
        self._users = load_users({pk_of(sender) for sender, _ in pairs if sender.startswith(USER_SENDER)})

    def user(self, sender):
        """The user of a sender "user:5", or None."""
        return self._users.get(pk_of(sender))

    def is_valid(self, sender, key):
        """
        Whether the session with the key still makes its owner this sender. Without a key,
        only the user is checked.
        """
        if not sender:
            return True  # a guest without a name, whom no session makes anybody
        user = self.user(sender)
        if sender.startswith(USER_SENDER) and (user is None or not user.is_active):
            return False
        if key is None:
            return True
        data = self._sessions.get(key)
        if data is None:
            return False
        return _agrees(sender, user, data) or _identifies(sender, key)


def pk_of(sender):
    return sender.partition(":")[2]


def _agrees(sender, user, data):
    if sender.startswith(GUEST_SENDER):
        return SESSION_KEY not in data and GUEST_SENDER + data.get(GUEST_SESSION_KEY, {}).get("key", "") == sender
    if data.get(SESSION_KEY) != pk_of(sender):
        return False
    return hasattr(user, "get_session_auth_hash") and constant_time_compare(
        data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def _identifies(sender, key):
    """As for a new socket: Django decides whether, for example, a session outlives a changed password."""
    session = _engine().SessionStore(session_key=key)
    request = type(str("Request"), (object,), {"session": session})
    return identify(get_user(request), session).sender == sender


def load_users(pks):
    """Return {primary key as text: user}. Not filtered by is_active, which is not a field of every custom user model."""
    if not pks:
        return {}
    try:
        users = list(get_user_model()._default_manager.filter(pk__in=pks))
    except (ValueError, OverflowError, ValidationError, DataError):
        # One of them is not a primary key, or one beyond the database's numbers.
        if len(pks) == 1:
            return {}
        users = [user for pk in pks for user in load_users([pk]).values()]
    return {six.text_type(user.pk): user for user in users}


def load_sessions(keys):
    """Return {key: the session's dict}, without those that do not exist or have expired."""
    if not keys:
        return {}
    store = _engine().SessionStore()
    if isinstance(store, db.SessionStore):
        return _from_database(store, keys)
    if isinstance(store, cache.SessionStore):
        return _from_cache(keys)
    loaded = {key: _engine().SessionStore(session_key=key).load() for key in keys}
    return {key: data for key, data in loaded.items() if data}


def _from_database(store, keys):
    model = getattr(store, "model", None)
    if model is None:  # Django 1.8
        from django.contrib.sessions.models import Session as model
    rows = model.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return {row.session_key: store.decode(row.session_data) for row in rows}


def _from_cache(keys):
    by_cache_key = {_engine().SessionStore(session_key=key).cache_key: key for key in keys}
    found = _engine().SessionStore()._cache.get_many(sorted(by_cache_key))
    return {by_cache_key[cache_key]: data for cache_key, data in found.items()}


def _engine():
    return import_module(settings.SESSION_ENGINE)
