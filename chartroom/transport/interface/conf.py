"""
The bounds of `rundaphne`, each with its unit: those that a project can set, and the fixed ones.

``CHARTROOM_INTERFACE``, a dict in a project's settings, overrides `DEFAULTS`;
``docs/transport.md`` has the same table.
"""
from __future__ import unicode_literals

import re
from collections import namedtuple

import six
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import force_text
from django.utils.module_loading import import_string

NAME = "CHARTROOM_INTERFACE"
DEFAULTS = {
    "MAX_UNSENT": 1024 * 1024,     # bytes that a socket may leave unread for a moment; then it is closed with 4408
    "MAX_FRAME": 1024 * 1024,      # bytes of one message from a client; a longer one is closed with 1009 (RFC 6455, 7.4.1)
    "MAX_BODY": 16 * 1024 * 1024,  # bytes of an HTTP request's body; a longer one is answered with 413
    # {sub-protocol: text}: sent to a client whose frame was refused because ``websocket.receive`` is
    # full. The socket of a client with another sub-protocol is closed with 1013.
    "BUSY_FRAMES": {},
    # A bounded number of frames is under way to the workers; the next is read when one has been dealt with.
    "FRAMES_IN_FLIGHT": 4,         # frames of one socket
    "BULK_IN_FLIGHT": 2,           # frames of all sockets together that have more to send than that
    "BULK_FRAMES": "200/s",        # the pace of those sockets together
    # Paces, "50/s", "1000/m" or "5000/h"; "0": none. What is beyond is not read yet, and not refused.
    "FRAMES_PER_SOCKET": "20/s",   # frames of one socket; twice that at once
    "FRAMES_PER_ADDRESS": "200/s",  # frames of all sockets of one address (an IPv6 client's is its /64)
    # What is beyond these is refused with 429 at the handshake.
    "SOCKETS_PER_ADDRESS": 500,    # open sockets of one address; 0: no bound
    "CONNECTS_PER_ADDRESS": "1000/m",  # handshakes of one address
    "TRUSTED_PROXIES": 0,          # entries at the end of X-Forwarded-For that are proxies of yours
    # {sub-protocol: dotted path of a function(text)}: asked for each text frame before a worker is. What it
    # returns is sent as the answer; None: the frame goes to a worker.
    "FRAME_FILTERS": {},
    "RECHECK_EVERY": 10,           # seconds between two checks whether an open socket's user may still have it; 0: never
    "HTTP_PATHS": [],              # regular expressions of the paths that may be asked for without a socket; others: 404
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

PACE = re.compile(r"^([0-9]{1,9})/(s|m|h)\Z")
SECONDS = {"s": 1, "m": 60, "h": 3600}

Bounds = namedtuple("Bounds", (
    "max_unsent max_frame max_body busy_frames frames_in_flight bulk_in_flight frames_per_socket frames_per_address "
    "sockets_per_address connects_per_address trusted_proxies frame_filters http_paths bulk_frames recheck_every"))


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
    for name, least in (("FRAMES_IN_FLIGHT", 1), ("BULK_IN_FLIGHT", 1), ("SOCKETS_PER_ADDRESS", 0), ("TRUSTED_PROXIES", 0),
                        ("RECHECK_EVERY", 0)):
        if isinstance(values[name], bool) or not isinstance(values[name], six.integer_types) or values[name] < least:
            raise ImproperlyConfigured("%s: %s=%r: must be a whole number, %d or more." % (NAME, name, values[name], least))
    return Bounds(
        values["MAX_UNSENT"], values["MAX_FRAME"], values["MAX_BODY"],
        {force_text(protocol): force_text(text) for protocol, text in busy.items()},
        values["FRAMES_IN_FLIGHT"], values["BULK_IN_FLIGHT"], _pace(values, "FRAMES_PER_SOCKET"),
        _pace(values, "FRAMES_PER_ADDRESS"), values["SOCKETS_PER_ADDRESS"], _pace(values, "CONNECTS_PER_ADDRESS"),
        values["TRUSTED_PROXIES"], _filters(values["FRAME_FILTERS"]), _paths(values["HTTP_PATHS"]),
        _pace(values, "BULK_FRAMES"), values["RECHECK_EVERY"])


def _pace(values, name):
    """``"50/s"`` to ``(50, 1)``, ``(count, seconds)``; None for no bound."""
    value = values[name]
    if value in (0, "0", "", None):
        return None
    match = PACE.match(value) if isinstance(value, six.string_types) else None
    if match is None or int(match.group(1)) == 0:
        raise ImproperlyConfigured('%s: %s=%r: must be a number per s, m or h, such as "50/s", or "0".' % (NAME, name, value))
    return int(match.group(1)), SECONDS[match.group(2)]


def _filters(value):
    if not isinstance(value, dict):
        raise ImproperlyConfigured("%s: FRAME_FILTERS must be a dict of dotted paths by sub-protocol." % NAME)
    try:
        return {force_text(protocol): import_string(path) for protocol, path in value.items()}
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ImproperlyConfigured("%s: FRAME_FILTERS: %s" % (NAME, error))


def _paths(value):
    if isinstance(value, six.string_types):
        raise ImproperlyConfigured("%s: HTTP_PATHS must be a list of regular expressions." % NAME)
    try:
        return [re.compile(pattern) for pattern in value]
    except (TypeError, re.error) as error:
        raise ImproperlyConfigured("%s: HTTP_PATHS must be a list of regular expressions: %s" % (NAME, error))
