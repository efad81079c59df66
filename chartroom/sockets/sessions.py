"""
The session of a socket: a dict that is stored from its connect to its disconnect.

It uses the session engine and the key of Channels' channel sessions, but not the decorator
`channel_session`, which checks for the session before each message and writes it twice
on connect: seven round trips to the cache instead of one, and two for each frame
instead of one.
"""
from __future__ import unicode_literals

import hashlib
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError

KEY = "chartroom"
SECONDS = 2 * 86400  # longer than a socket can live: the interface server closes it after a day


def begin(reply_channel, here):
    """Store the session; call this before the socket can send a frame."""
    session = _engine().SessionStore()
    # Before the key is set, so that Django does not load a session that does not exist yet.
    session[KEY] = here
    session.set_expiry(SECONDS)
    session._session_key = _key(reply_channel)
    try:
        session.save(must_create=True)
    except CreateError:
        # The connect message was delivered twice.
        session.save()


def read(reply_channel):
    """Return the dict, or None if it was lost."""
    return _session(reply_channel).get(KEY)


def change(reply_channel, here):
    session = _session(reply_channel)
    session[KEY] = here
    session.save()


def end(reply_channel):
    """Delete the session, which Channels never does; return its dict, or None."""
    session = _session(reply_channel)
    here = session.get(KEY)
    if here is not None:
        session.delete()
    return here


def _engine():
    return import_module(getattr(settings, "CHANNEL_SESSION_ENGINE", None) or settings.SESSION_ENGINE)


def _session(reply_channel):
    return _engine().SessionStore(session_key=_key(reply_channel))


def _key(reply_channel):
    return "chn" + hashlib.sha1(reply_channel.encode("utf-8")).hexdigest()[:29]
