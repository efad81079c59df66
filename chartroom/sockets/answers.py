"""Makes sure that every connecting socket gets a reply."""
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
    Decorator: close the socket if its consumer raises, so that no client waits in vain.

    `Refused` closes with its code. Any other exception is logged and closes with 1013,
    after which clients reconnect. A refused socket is accepted and then closed,
    because a script in a browser can't see the status of a failed handshake.
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
            logger.exception("A consumer failed: closing the socket on %s with 1013.", message.content.get("path"))
            send_content(message.reply_channel.name, {"accept": True, "close": protocol.CLOSE_TRY_AGAIN})
    return inner


def query_value(message, name):
    """Return the last value of a parameter in the query string of a connect message, or None."""
    query = message.content.get("query_string", b"")
    if isinstance(query, bytes):
        query = query.decode("latin-1")
    return parse_qs(query, keep_blank_values=True).get(name, [None])[-1]
