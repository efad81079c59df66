"""
``CHARTROOM_INTERFACE``, a dict in a project's settings: the bounds of `rundaphne`.

``MAX_UNSENT``: bytes that a socket may leave unread before it is closed with 4408.
``MAX_FRAME``: bytes of one message from a client; more closes its socket with 1009 (RFC 6455, 7.4.1).
``MAX_BODY``: bytes of an HTTP request's body; more is answered with 413.
``BUSY_FRAMES``: by sub-protocol, the text that a client is sent when what it sent
was not taken because ``websocket.receive`` is full. The socket of a client that
speaks no such sub-protocol is closed with 1013.
"""
from __future__ import unicode_literals

from collections import namedtuple

import six
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import force_text

NAME = "CHARTROOM_INTERFACE"
DEFAULTS = {"MAX_UNSENT": 1024 * 1024, "MAX_FRAME": 1024 * 1024, "MAX_BODY": 16 * 1024 * 1024, "BUSY_FRAMES": {}}

Bounds = namedtuple("Bounds", "max_unsent max_frame max_body busy_frames")


class CannotServe(Exception):
    """What is in the way, and what to do."""


def bounds():
    """Raises ``ImproperlyConfigured`` with the name of what makes no sense."""
    said = getattr(settings, NAME, {})
    unknown = set(said) - set(DEFAULTS)
    if unknown:
        raise ImproperlyConfigured("%s: there is no %s, only %s." % (
            NAME, ", ".join(sorted(unknown)), ", ".join(sorted(DEFAULTS))))
    values = dict(DEFAULTS, **said)
    for name in ("MAX_UNSENT", "MAX_FRAME", "MAX_BODY"):
        if isinstance(values[name], bool) or not isinstance(values[name], six.integer_types) or values[name] < 1024:
            raise ImproperlyConfigured("%s: %s=%r: bytes are required, 1024 or more." % (NAME, name, values[name]))
    busy = values["BUSY_FRAMES"]
    if not isinstance(busy, dict) or not all(isinstance(text, six.string_types) for text in busy.values()):
        raise ImproperlyConfigured("%s: BUSY_FRAMES: texts by sub-protocol." % NAME)
    return Bounds(values["MAX_UNSENT"], values["MAX_FRAME"], values["MAX_BODY"], {
        force_text(protocol): force_text(text) for protocol, text in busy.items()})
