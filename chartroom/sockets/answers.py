"""What all consumers of sockets have in common: whose page may connect, and that each socket gets an answer."""
from __future__ import unicode_literals

import functools
import logging

from channels.exceptions import ConsumeLater, DenyConnection
from channels.security.websockets import AllowedHostsOnlyOriginValidator
from django.utils.six.moves.urllib.parse import parse_qs

from chartroom.errors import Refused
from chartroom.rooms.broadcast import send_content
from chartroom.wire import protocol

logger = logging.getLogger(__name__)


class OwnOriginOnly(AllowedHostsOnlyOriginValidator):
    """
    Denies a page of another site in the handshake (RFC 6455, section 10.2).

    Unlike Channels' own it lets a missing ``Origin`` pass: every browser sends
    one, so it is a program's, which has no cookies of a visitor to misuse.
    """

    def __call__(self, message, *args, **kwargs):
        if any(header[0] == b"origin" for header in message.content.get("headers", ())):
            return super(OwnOriginOnly, self).__call__(message, *args, **kwargs)
        return self.func(message, *args, **kwargs)

    def validate_origin(self, message, origin):
        try:
            return super(OwnOriginOnly, self).validate_origin(message, origin)
        except ValueError:  # urlparse, on a malformed address
            return False


def answers_always(consumer):
    """
    So that no socket is left hanging: a refusal becomes a close code, and what
    went wrong here is logged and becomes 1013, after which a client comes back.

    A refusal is an accept followed by the close, because a browser's script
    cannot see the status of a failed handshake.
    """
    @functools.wraps(consumer)
    def inner(message, *args, **kwargs):
        try:
            consumer(message, *args, **kwargs)
        except (DenyConnection, ConsumeLater):
            raise
        except Refused as refused:
            send_content(message.reply_channel.name, {"accept": True, "close": refused.close_code})
        except Exception:
            logger.exception("A socket on %s was sent away.", message.content.get("path"))
            send_content(message.reply_channel.name, {"accept": True, "close": protocol.CLOSE_TRY_AGAIN})
    return inner


def query_value(message, name):
    """The last value by that name in a connect's query string, or None where it has none."""
    query = message.content.get("query_string", b"")
    if isinstance(query, bytes):
        query = query.decode("latin-1")
    return parse_qs(query, keep_blank_values=True).get(name, [None])[-1]
