"""
The bounds of `rundaphne`, each with its unit: those that a project can set, and the fixed ones.

``CHARTROOM_INTERFACE``, a dict in a project's settings, overrides `DEFAULTS`;
``docs/transport.md`` has the same table.
"""
from __future__ import unicode_literals

from collections import namedtuple

import six
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import force_text

NAME = "CHARTROOM_INTERFACE"
DEFAULTS = {
    "MAX_UNSENT": 1024 * 1024,     # bytes that a socket may leave unread for a moment; then it is closed with 4408
    "MAX_FRAME": 1024 * 1024,      # bytes of one message from a client; a longer one is closed with 1009 (RFC 6455, 7.4.1)
    "MAX_BODY": 16 * 1024 * 1024,  # bytes of an HTTP request's body; a longer one is answered with 413
    # {sub-protocol: text}: sent to a client whose frame was refused because ``websocket.receive`` is
    # full. The socket of a client with another sub-protocol is closed with 1013.
    "BUSY_FRAMES": {},
}

# Fixed bounds.

# Redis
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0  # seconds before the next connection attempt
ANSWER_WITHIN = 10  # seconds for Redis's answer to a command; then the connection is dropped
MOST_UNANSWERED = 64 * 1024 * 1024  # bytes of commands that wait for an answer
MOST_DISCONNECTS = 100000  # disconnects that are kept while Redis is unavailable

# Sockets
SLOW_AFTER = 1  # seconds for which MAX_UNSENT may be exceeded
SLOW_FACTOR = 4  # times MAX_UNSENT that may be unread at any moment
CLOSE_WITHIN = 5  # seconds for a client to answer a close frame; then the connection is cut
MOST_FRAGMENTS = 1000  # fragments of one message from a client
MOST_HELD = 1000  # group messages that wait for a socket to be accepted
MOST_LEFT = 10000  # sockets that left before they were accepted, whose disconnect is kept to be sent again

# Restarts
RECONNECT_WITHIN = 4.0  # seconds over which the closes with 1012 are spread when Redis has lost its data
# Seconds after SIGTERM until the last socket is cut, and until the last disconnect is sent. honcho, for
# one, kills after five, and supervisor after ten. A Redis that hangs adds one and a half.
CLOSED_WITHIN, DRAINED_WITHIN = 3, 8

Bounds = namedtuple("Bounds", "max_unsent max_frame max_body busy_frames")


class CannotServe(Exception):
    """Its text explains the problem, and what to do about it."""


def bounds():
    """The project's `Bounds`. Raises ``ImproperlyConfigured``, with the key's name, for a value that can't work."""
    given = getattr(settings, NAME, {})
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise ImproperlyConfigured("%s: unknown key %s; the keys are %s." % (
            NAME, ", ".join(sorted(unknown)), ", ".join(sorted(DEFAULTS))))
    values = dict(DEFAULTS, **given)
    for name in ("MAX_UNSENT", "MAX_FRAME", "MAX_BODY"):
        if isinstance(values[name], bool) or not isinstance(values[name], six.integer_types) or values[name] < 1024:
            raise ImproperlyConfigured("%s: %s=%r: must be a number of bytes, 1024 or more." % (NAME, name, values[name]))
    busy = values["BUSY_FRAMES"]
    if not isinstance(busy, dict) or not all(isinstance(text, six.string_types) for text in busy.values()):
        raise ImproperlyConfigured("%s: BUSY_FRAMES must be a dict of texts by sub-protocol." % NAME)
    return Bounds(values["MAX_UNSENT"], values["MAX_FRAME"], values["MAX_BODY"], {
        force_text(protocol): force_text(text) for protocol, text in busy.items()})
