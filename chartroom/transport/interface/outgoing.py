# coding: utf-8
"""What an interface server sends to the workers."""
from __future__ import unicode_literals

import logging
from collections import OrderedDict, deque

from chartroom.transport.interface.link import MOST_UNANSWERED, Away

logger = logging.getLogger(__name__)

CONNECT, RECEIVE, DISCONNECT = "websocket.connect", "websocket.receive", "websocket.disconnect"
HTTP_DISCONNECT = "http.disconnect"
NEW = (CONNECT, "http.request")

MOST_KEPT = 100000  # disconnects that wait for Redis

FULL, AWAY = "full", "away"


class Outgoing(object):
    """
    The layer as daphne's own code sees it. `send` does not wait: whether it was
    taken is learned later, and told to ``refused(reply channel, channel, why)``.

    While Redis is away, what a client sent is refused; new sockets and requests
    wait for it, as long as they would wait for a worker: at the start, for each
    of several servers. A disconnect is never refused: it frees more than it
    takes, and nobody would tell it again.
    """

    extensions = ("groups", "twisted")

    def __init__(self, layer, links, refused):
        self.layer = layer
        self.ChannelFull = layer.ChannelFull
        self.is_open = True  # for new sockets and requests
        self._links = links
        self._refused = refused
        self._waiting = OrderedDict()  # {reply channel: (channel, message)} of new sockets and requests
        self._kept = deque()  # disconnects
        self._under_way = 0

    def __getattr__(self, name):
        return getattr(self.layer, name)

    def send(self, channel, message):
        """Raises ``ChannelFull`` for a new socket or request that can't be taken, as daphne expects it."""
        if channel in (DISCONNECT, HTTP_DISCONNECT) and self._waiting.pop(message["reply_channel"], None):
            return  # Nobody has heard of it.
        if channel in NEW and not self.is_open:
            raise self.ChannelFull(channel)
        if self._push(channel, message):
            return
        if channel == RECEIVE:
            self._refused(message["reply_channel"], channel, AWAY)
        elif channel == DISCONNECT:
            self._keep(message)
        elif channel in NEW:
            self._waiting[message["reply_channel"]] = channel, message

    def _keep(self, disconnect):
        self._kept.append(disconnect)
        if len(self._kept) > MOST_KEPT:
            self._kept.popleft()
            logger.error("Redis is away for too long: a disconnect is forgotten.")

    def _push(self, channel, message):
        """False where no Redis can take it now."""
        # A server that does not know of this process yet lets none of its sockets into a group.
        if channel in NEW and not all(link.has_been_up for link in self._links):
            return False
        index = self.layer.index_of(channel)
        # Any server will do for a channel that is not a socket's.
        links = self._links[index:] + self._links[:index]
        link = next((link for link in links if link.has_room), None)
        if link is None:
            return False
        body = self.layer.serialize(message)
        if len(body) > MOST_UNANSWERED:
            return False
        keys, args = self.layer.push_arguments(channel, [channel], body, forced=channel == DISCONNECT)
        self._under_way += 1
        link.connection.script("push", keys, args).addCallbacks(
            self._answered, self._failed, (channel, message), None, (channel, message),
        ).addErrback(lambda failure: logger.error("After sending to %s: %s", channel, failure.getTraceback()))
        return True

    def _answered(self, was_taken, channel, message):
        self._under_way -= 1
        if not was_taken:
            self._refused(message["reply_channel"], channel, FULL)

    def _failed(self, failure, channel, message):
        self._under_way -= 1
        if not failure.check(Away):
            logger.error("Redis did not take a message for %s: %s", channel, failure.getErrorMessage())
        if channel == DISCONNECT:
            self._keep(message)
        else:
            # It may have been taken: the client knows it by an id, or asks again.
            self._refused(message["reply_channel"], channel, AWAY)

    def send_kept(self):
        """Redis is back. A generator: others may have their turn."""
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
        """Reply channels of those that nobody has been told of yet."""
        return set(self._waiting)

    @property
    def is_done(self):
        """Whether all that was sent has been answered."""
        return not self._under_way and not self._kept
