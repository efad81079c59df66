# coding: utf-8
"""The sockets and requests of an interface process, by reply channel."""
from __future__ import unicode_literals

import logging
import re
from collections import OrderedDict

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet import reactor
from twisted.web import http

from chartroom.transport import interfaces
from chartroom.transport.interface import conf, health, outgoing
from chartroom.transport.interface.admission import Admission
from chartroom.transport.interface.guests import Guests
from chartroom.transport.interface.recheck import Kept
from chartroom.transport.interface.sockets import SERVICE_UNAVAILABLE, Socket, unquote

logger = logging.getLogger(__name__)

BAD_REQUEST, NOT_FOUND = 400, 404
TEXT = b"text/plain; charset=utf-8"
NO_PAGE = b"Only WebSockets are served here.\n"
BAD_PATH = b"The path is not ASCII.\n"
HIDDEN_LINE = b"A header contains a line separator.\n"
NOT_ASCII = re.compile(b"[^\x00-\x7f]")
# What ends a line to autobahn, which reads a handshake as text, but not to Twisted or a proxy.
LINE_SEPARATORS = re.compile(b"[\x0b\x0c\x1c-\x1e\x85]")


class Request(WebRequest):

    received = 0  # bytes of the body
    has_body = False  # all of it has been received

    def __init__(self, *args, **kwargs):
        WebRequest.__init__(self, *args, **kwargs)
        self.channel.checkPersistence = lambda request, version: False

    def process(self):
        """
        Pages are the WSGI server's: a worker is asked for one of HTTP_PATHS alone. What parses a request's body has
        had faults that hold a worker, and here it would hold everybody's sockets.
        """
        self.has_body = True
        if self.channel.requests[0] is not self:
            # Sent behind another one on the same connection: Twisted before 23.10 might answer the two in the wrong
            # order (CVE-2023-46137), and before 22.4 see two where a proxy sees one (CVE-2022-24801). The
            # connection ends with the first answer.
            self.factory.reply_protocols.pop(self.reply_channel, None)
            return
        healthy = None if self.is_upgrade else health.answer(self.path, self.factory.failing)
        if NOT_ASCII.search(self.uri):
            # daphne would log a traceback. Such bytes must be percent-encoded (RFC 3986, section 2).
            self._answer(BAD_REQUEST, TEXT, BAD_PATH)
        elif self.is_upgrade and self.has_hidden_lines:
            # CVE-2026-44546: a header of the client's own, such as X-Forwarded-For, that a proxy does not see.
            self._answer(BAD_REQUEST, TEXT, HIDDEN_LINE)
        elif healthy is not None:
            self._answer(healthy[0], health.CONTENT_TYPE, healthy[1])
        elif self.is_upgrade or self.is_served:
            WebRequest.process(self)
        else:
            self._answer(NOT_FOUND, TEXT, NO_PAGE)

    def _answer(self, status, content_type, body):
        """Answers without a worker."""
        self.setResponseCode(status)
        for name, value in (
            (b"Content-Type", content_type), (b"Content-Length", b"%d" % len(body)), (b"Cache-Control", b"no-store"),
        ):
            self.setHeader(name, value)
        self.write(body)
        # No worker has heard of it, so none is told of its end.
        self.factory.reply_protocols.pop(self.reply_channel, None)
        self.finish()

    @property
    def has_hidden_lines(self):
        return any(
            LINE_SEPARATORS.search(part) for name, values in self.requestHeaders.getAllRawHeaders() for part in [name] + values
        ) or LINE_SEPARATORS.search(self.uri) is not None

    @property
    def is_upgrade(self):
        return self.requestHeaders.getRawHeaders(b"upgrade", [b""])[0].lower() == b"websocket"

    @property
    def is_served(self):
        # Twisted's request is given its path behind its body; the channel knows it until then.
        path = self.path if self.has_body else self.channel._path.partition(b"?")[0]
        path = self.unquote(path)
        return any(pattern.search(path) for pattern in self.factory.bounds.http_paths)

    @classmethod
    def unquote(cls, value, plus_as_space=False):
        return unquote(value.replace(b"+", b" ") if plus_as_space else value)

    def handleContentChunk(self, data):
        """Bounds the body, which must fit into one message in Redis."""
        self.received += len(data)
        if not self.is_served:
            data = b""
        if self.received <= self.factory.bounds.max_body:
            WebRequest.handleContentChunk(self, data)
        elif self.received - len(data) <= self.factory.bounds.max_body:
            self.transport.write(b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.transport.loseConnection()

    def refused(self, channel, why):
        if channel == "http.request":
            self.basic_error(SERVICE_UNAVAILABLE, b"Service Unavailable", "No worker is available.")

    def end(self, code):
        self.basic_error(SERVICE_UNAVAILABLE, b"Service Unavailable", "Restarting.")

    def basic_error(self, *args):
        if self._got_response_start:
            # Too late for a status code.
            self.transport.abortConnection()
        else:
            WebRequest.basic_error(self, *args)

    def check(self):
        """Called every two seconds."""
        if self.duration() > self.factory.timeout:
            self.basic_error(SERVICE_UNAVAILABLE, b"Service Unavailable", "No worker has answered in time.")


class Factory(HTTPFactory):
    """daphne's registry of sockets and requests by reply channel, extended by what sockets need."""

    def __init__(self, channel_layer, send_channel, bounds, count_slow, count_refused, failing=list, **options):
        # The prefix marks a process with a heartbeat.
        name = send_channel.rsplit(".", 1)[1]
        HTTPFactory.__init__(self, channel_layer, send_channel=interfaces.PREFIX + name, **options)
        self.bounds = bounds
        self.failing = failing  # returns the names of what fails, for `health`
        self.count_slow = count_slow
        self.reactor = reactor
        self.admission = Admission(
            reactor, bounds.frames_in_flight, bounds.bulk_in_flight, bounds.frames_per_socket, bounds.frames_per_address,
            bounds.bulk_frames)
        self.guests = Guests(
            reactor, bounds.sockets_per_address, bounds.connects_per_address, bounds.trusted_proxies, count_refused)
        self._left = OrderedDict()
        self._held = {}  # {reply channel: frames for a socket that is not accepted yet}
        self.ws_factory.protocol = Socket
        self.ws_factory.setProtocolOptions(
            maxFramePayloadSize=bounds.max_frame, maxMessagePayloadSize=bounds.max_frame,
            # Send a close frame with a code rather than cut the connection.
            failByDrop=False, closeHandshakeTimeout=conf.CLOSE_WITHIN,
            # `Socket.check` comes first, and answers the client.
            openHandshakeTimeout=max(0, self.websocket_connect_timeout) + conf.CLOSE_WITHIN,
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

    def dealt_with(self, reply_channel):
        """A worker has dealt with the oldest frame of a socket that is under way."""
        socket = self.reply_protocols.get(reply_channel)
        if isinstance(socket, Socket) and socket.flow is not None:
            self.admission.done(socket.flow)

    def look_after_pace(self):
        """Called every `admission.LOOK` seconds."""
        self.admission.look()
        self.guests.forget_idle()

    def frame(self, message):
        """
        The WebSocket frame (RFC 6455, 5.2) for a reply that has only a text or bytes,
        built once for all recipients; None for any other reply.
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
            self._repeat_disconnect(channel)
            return
        if "recheck" in message and isinstance(socket, Socket):
            socket.recheck = Kept(message["recheck"])
            # daphne checks the other keys.
            message = {key: value for key, value in message.items() if key != "recheck"}
        try:
            HTTPFactory.dispatch_reply(self, channel, message)
        finally:
            if channel in self._held and socket.state != socket.STATE_CONNECTING:
                socket.write_frame(b"".join(self._held.pop(channel)))

    def hold(self, socket, frame):
        held = self._held.setdefault(socket.reply_channel, [])
        held.append(frame)
        if len(held) > conf.MOST_HELD:
            socket.deny("Too many messages are waiting for it")
            del self._held[socket.reply_channel]

    def check_timeouts(self):
        """daphne calls this every two seconds, and never again if it raises."""
        for protocol in list(self.reply_protocols.values()):
            try:
                protocol.check()
            except Exception:
                logger.exception("Checking a socket or request failed.")

    # If a client leaves before its connect was handled, its disconnect may be handled first, and the
    # effects of the connect (such as a group membership) would stay forever. So when the reply to the
    # connect comes, the disconnect is sent again.

    def remember(self, reply_channel, disconnect):
        self._held.pop(reply_channel, None)
        self._left[reply_channel] = disconnect
        if len(self._left) > conf.MOST_LEFT:
            self._left.popitem(last=False)

    def _repeat_disconnect(self, channel):
        disconnect = self._left.pop(channel, None)
        if disconnect is not None:
            self.channel_layer.send(outgoing.DISCONNECT, disconnect)
