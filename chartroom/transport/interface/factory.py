# coding: utf-8
"""All sockets and requests of an interface process, by their reply channels."""
from __future__ import unicode_literals

import logging
from collections import OrderedDict

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet import reactor
from twisted.web import http

from chartroom.transport import interfaces
from chartroom.transport.interface import outgoing
from chartroom.transport.interface.sockets import CLOSE_WITHIN, UNAVAILABLE, Socket, unquote

logger = logging.getLogger(__name__)

REMEMBERED = 10000  # sockets that left before they were accepted
MOST_HELD = 1000  # frames for a socket that is not accepted yet


class Request(WebRequest):

    received = 0

    @classmethod
    def unquote(cls, value, plus_as_space=False):
        return unquote(value.replace(b"+", b" ") if plus_as_space else value)

    def handleContentChunk(self, data):
        """The body comes in; one that is too long would be too long for Redis as well."""
        self.received += len(data)
        if self.received <= self.factory.bounds.max_body:
            WebRequest.handleContentChunk(self, data)
        elif self.received - len(data) <= self.factory.bounds.max_body:
            self.transport.write(b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.transport.loseConnection()

    def refused(self, channel, why):
        if channel == "http.request":
            self.basic_error(UNAVAILABLE, b"Service Unavailable", "No worker can take it now.")

    def end(self, code):
        self.basic_error(UNAVAILABLE, b"Service Unavailable", "Restarting.")

    def basic_error(self, *args):
        if self._got_response_start:
            # It is too late for a status.
            self.transport.abortConnection()
        else:
            WebRequest.basic_error(self, *args)

    def check(self):
        """Every two seconds."""
        if self.duration() > self.factory.timeout:
            self.basic_error(UNAVAILABLE, b"Service Unavailable", "No worker has answered in time.")


class Factory(HTTPFactory):
    """Knows all sockets and requests by their reply channels."""

    def __init__(self, channel_layer, send_channel, bounds, count_slow, **options):
        # The name says that this process has a heartbeat.
        name = send_channel.rsplit(".", 1)[1]
        HTTPFactory.__init__(self, channel_layer, send_channel=interfaces.PREFIX + name, **options)
        self.bounds = bounds
        self.count_slow = count_slow
        self.reactor = reactor
        self._left = OrderedDict()
        self._held = {}  # {reply channel: frames of groups for a socket that is not accepted yet}
        self.ws_factory.protocol = Socket
        self.ws_factory.setProtocolOptions(
            maxFramePayloadSize=bounds.max_frame, maxMessagePayloadSize=bounds.max_frame,
            # A close frame with its code, rather than a cut line.
            failByDrop=False, closeHandshakeTimeout=CLOSE_WITHIN,
            # Ours comes first, with an answer.
            openHandshakeTimeout=max(0, self.websocket_connect_timeout) + CLOSE_WITHIN,
        )

    def buildProtocol(self, addr):
        protocol = http.HTTPFactory.buildProtocol(self, addr)
        protocol.requestFactory = Request
        return protocol

    @property
    def sockets(self):
        return [socket for socket in self.reply_protocols.values() if isinstance(socket, Socket)]

    def refused(self, reply_channel, channel, why):
        if reply_channel in self.reply_protocols:
            self.reply_protocols[reply_channel].refused(channel, why)

    def frame(self, message):
        """
        A reply that is a text or bytes and nothing else as a frame (RFC 6455, 5.2),
        made once for all readers; None for any other.
        """
        if len(message) != 1:
            return None
        if message.get("text"):
            return self.ws_factory.prepareMessage(message["text"].encode("utf-8")).payloadHybi
        if message.get("bytes"):
            return self.ws_factory.prepareMessage(message["bytes"], True).payloadHybi
        return None

    def dispatch_reply(self, channel, message):
        socket = self.reply_protocols.get(channel)
        if socket is None:
            self._answer_after_the_end(channel)
            return
        try:
            HTTPFactory.dispatch_reply(self, channel, message)
        finally:
            if channel in self._held and socket.state != socket.STATE_CONNECTING:
                socket.write_frame(b"".join(self._held.pop(channel)))

    def hold(self, socket, frame):
        held = self._held.setdefault(socket.reply_channel, [])
        held.append(frame)
        if len(held) > MOST_HELD:
            socket.deny("Too much is waiting for it")
            del self._held[socket.reply_channel]

    def check_timeouts(self):
        """daphne calls it every two seconds; if it raised, never again."""
        for protocol in list(self.reply_protocols.values()):
            try:
                protocol.check()
            except Exception:
                logger.exception("A socket or request could not be looked after.")

    # A client that left before its connect was handled: the disconnect may have been handled first,
    # and what the connect then did (joined a group, say) would stay for ever. So it is told again.

    def remember(self, reply_channel, disconnect):
        self._held.pop(reply_channel, None)
        self._left[reply_channel] = disconnect
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)

    def _answer_after_the_end(self, channel):
        disconnect = self._left.pop(channel, None)
        if disconnect is not None:
            self.channel_layer.send(outgoing.DISCONNECT, disconnect)
