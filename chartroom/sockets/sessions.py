"""
What is known of a socket from its connect to its end: a dict, in a session of its own.

In the engine of Channels' sessions, and by their rule for a key, but not by their
decorator `channel_session`: that asks for the session before each message, and
writes it twice at a connect. Seven round trips to the cache where one is enough, and
two for each frame where one is.
"""
from __future__ import unicode_literals

import hashlib
from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.base import CreateError

KEY = "chartroom"
SECONDS = 2 * 86400  # longer than the interface server lets a socket live: a day


def begin(reply_channel, here):
    """Writes it, so that it is there before anything can come from the socket."""
    session = _engine().SessionStore()
    # An empty one: there is nothing to read yet.
    session[KEY] = here
    session.set_expiry(SECONDS)
    session._session_key = _key(reply_channel)
    try:
        session.save(must_create=True)
    except CreateError:
        # The connect is handled for the second time.
        session.save()


def read(reply_channel):
    """The dict, or None where it is gone."""
    return _session(reply_channel).get(KEY)


def change(reply_channel, here):
    session = _session(reply_channel)
    session[KEY] = here
    session.save()


def end(reply_channel):
    """Returns what it was, or None. Channels never deletes a socket's session by itself."""
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
