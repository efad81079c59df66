# coding: utf-8
"""Messages from an interface server to the workers."""
from __future__ import unicode_literals

import logging
from collections import OrderedDict, deque

from chartroom.transport.interface import conf
from chartroom.transport.interface.link import Unavailable

logger = logging.getLogger(__name__)

CONNECT, RECEIVE, DISCONNECT = "websocket.connect", "websocket.receive", "websocket.disconnect"
HTTP_DISCONNECT = "http.disconnect"
NEW = (CONNECT, "http.request")

# Why a message was refused.
FULL, UNAVAILABLE = "full", "unavailable"


class Outgoing(object):
    """
    The layer as daphne's own code sees it. `send` does not block: if Redis refuses
    the message later, ``refused(reply channel, channel, why)`` is called.

    While Redis is unavailable, frames from clients are refused; new sockets and
    requests wait for it, as long as they would wait for a worker. After the start
    they wait until each of several servers has been reached. A disconnect is never
    refused: it frees more than it takes, and no client would send it again.
    """

    extensions = ("groups", "twisted")

    def __init__(self, layer, links, refused):
        self.layer = layer
        self.ChannelFull = layer.ChannelFull
        self.is_open = True  # for new sockets and requests
        self._links = links
        self._refused = refused
        self._waiting = OrderedDict()  # {reply channel: (channel, message)} of new sockets and requests
        self._kept = deque()  # disconnects that wait for Redis
        self._unanswered = 0

    def __getattr__(self, name):
        return getattr(self.layer, name)

    def send(self, channel, message):
        """Raises ``ChannelFull`` for a new socket or request while the server drains, as daphne expects it."""
        if channel in (DISCONNECT, HTTP_DISCONNECT) and self._waiting.pop(message["reply_channel"], None):
            return  # No worker has received its connect.
        if channel in NEW and not self.is_open:
            raise self.ChannelFull(channel)
        if self._push(channel, message):
            return
        if channel == RECEIVE:
            self._refused(message["reply_channel"], channel, UNAVAILABLE)
        elif channel == DISCONNECT:
            self._keep(message)
        elif channel in NEW:
            self._waiting[message["reply_channel"]] = channel, message

    def _keep(self, disconnect):
        self._kept.append(disconnect)
        if len(self._kept) > conf.MOST_DISCONNECTS:
            self._kept.popleft()
            logger.error("Redis has been unavailable for too long: dropped a disconnect.")

    def _push(self, channel, message):
        """False if no Redis server is available for it."""
        # A server without this process's heartbeat would add none of its sockets to a group.
        if channel in NEW and not all(link.has_been_up for link in self._links):
            return False
        index = self.layer.index_of(channel)
        # A channel that workers read may use any server.
        links = self._links[index:] + self._links[:index]
        link = next((link for link in links if link.has_room), None)
        if link is None:
            return False
        body = self.layer.serialize(message, None, [channel])
        if len(body) > conf.MOST_UNANSWERED:
            return False
        keys, args = self.layer.push_arguments(channel, [channel], body, forced=channel == DISCONNECT)
        self._unanswered += 1
        link.connection.script("push", keys, args).addCallbacks(
            self._answered, self._failed, (channel, message), None, (channel, message),
        ).addErrback(lambda failure: logger.error("Error after sending to %s: %s", channel, failure.getTraceback()))
        return True

    def _answered(self, was_accepted, channel, message):
        self._unanswered -= 1
        if not was_accepted:
            self._refused(message.get("reply_channel"), channel, FULL)

    def _failed(self, failure, channel, message):
        self._unanswered -= 1
        if not failure.check(Unavailable):
            logger.error("Redis rejected a message for %s: %s", channel, failure.getErrorMessage())
        if channel == DISCONNECT:
            self._keep(message)
        else:
            # Redis may have accepted it; clients that send it again need an id to recognise it.
            self._refused(message.get("reply_channel"), channel, UNAVAILABLE)

    def send_kept(self):
        """Sends the waiting messages. A generator, so that the reactor can serve others between two steps."""
        while self._waiting:
            reply_channel, (channel, message) = next(iter(self._waiting.items()))
            if not self._push(channel, message):
                return
            del self._waiting[reply_channel]
            yield
        while self._kept:
            if not self._push(DISCONNECT, self._kept[0]):
                return
            self._kept.popleft()
            yield

    @property
    def waiting(self):
        """Reply channels of the sockets and requests that have not been sent to a worker yet."""
        return set(self._waiting)

    @property
    def is_done(self):
        """Whether Redis has answered every message."""
        return not self._unanswered and not self._kept
