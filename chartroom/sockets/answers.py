"""Every socket gets an answer, whatever its consumer does."""
from __future__ import unicode_literals

import functools
import logging

from channels.exceptions import ConsumeLater, DenyConnection
from django.utils.six.moves.urllib.parse import parse_qs

from chartroom.errors import Refused
from chartroom.rooms.broadcast import send_content
from chartroom.wire import protocol

logger = logging.getLogger(__name__)


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
