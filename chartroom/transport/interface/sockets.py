# coding: utf-8
"""daphne's WebSocket, extended by bounds, close codes and draining."""
from __future__ import unicode_literals

import logging

from autobahn.twisted.websocket import ConnectionDeny
from autobahn.websocket import protocol as autobahn_protocol
from daphne.ws_protocol import WebSocketProtocol
from monotonic import monotonic
from six.moves.urllib_parse import unquote_to_bytes
from twisted.internet.abstract import FileDescriptor

from chartroom.transport.interface import conf, outgoing

logger = logging.getLogger(__name__)

# autobahn formats each handshake for a debug line that is not logged: a tenth of a connect's cost.
autobahn_protocol.pformat = type

RESTART, TRY_AGAIN, TOO_SLOW = 1012, 1013, 4408
SERVER_ERROR = 1011
SERVICE_UNAVAILABLE = 503
TOO_MANY_REQUESTS = 429  # RFC 6585
NEVER_SENT = (1004, 1005, 1006, 1015)  # close codes that no frame may have (RFC 6455, 7.4.1)

READ_AT_ONCE = 8192  # bytes


def unquote(value):
    """A path as text, on both Pythons; invalid UTF-8 becomes replacement characters."""
    return unquote_to_bytes(value).decode("utf-8", "replace")


class Socket(WebSocketProtocol):

    unquote = staticmethod(unquote)
    is_unencrypted = False  # the transport is the operating system's socket, without TLS
    has_been_open = False
    slow_since = None  # the time since which more than MAX_UNSENT has been unsent
    after_close = 0  # bytes received after our close frame
    cut = None  # the scheduled end of a connection whose client does not answer the close
    flow = None  # its frames' admission, while it is open
    is_held = False  # nothing more is read until its flow is released
    next_frame = None  # the one that waits for its admission: (payload, whether it is binary)
    counted_address = None  # the address for which it counts as an open socket
    recheck = None  # a `recheck.Kept`, from its accept to its close

    # In

    def onConnect(self, request):
        address = self.main_factory.guests.address_of(self.transport.getPeer(), request.headers)
        why = self.main_factory.guests.enter(address)
        if why is not None:
            raise ConnectionDeny(TOO_MANY_REQUESTS, why)
        self.counted_address = address
        return WebSocketProtocol.onConnect(self, request)

    def dataReceived(self, data):
        if self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            # Kept until the socket is accepted. autobahn would read a second handshake as another socket.
            self.data += data
            if len(self.data) > self.main_factory.bounds.max_frame:
                self.deny("Too much data before the handshake was answered")
            return
        if self.state == self.STATE_CLOSING:
            # A few frames may precede the client's close; a flood must not be read until CLOSE_WITHIN is over.
            self.after_close += len(data)
            if self.after_close > self.main_factory.bounds.max_frame:
                self.transport.abortConnection()
                return
        WebSocketProtocol.dataReceived(self, data)

    def onOpen(self):
        self.has_been_open = True
        # Under TLS, written bytes differ from sent bytes.
        self.is_unencrypted = isinstance(self.transport, FileDescriptor) and not getattr(self.transport, "TLS", False)
        # autobahn copies its unparsed data once per frame in it.
        self.transport.bufferSize = READ_AT_ONCE
        self.flow = self.main_factory.admission.flow(self.counted_address, self._send_next, self._hold, self._release)
        WebSocketProtocol.onOpen(self)

    def onMessageBegin(self, isBinary):
        self.fragments = 0
        WebSocketProtocol.onMessageBegin(self, isBinary)

    def onMessageFrameBegin(self, length):
        WebSocketProtocol.onMessageFrameBegin(self, length)
        # Empty fragments cost memory too, and MAX_FRAME counts only bytes.
        self.fragments += 1
        if self.fragments > conf.MOST_FRAGMENTS:
            self.dropConnection(abort=True)

    def onMessage(self, payload, isBinary):
        # Frames behind a refused one must not overtake it.
        if self.state == self.STATE_OPEN and not self.muted:
            self.next_frame = payload, isBinary
            self.main_factory.admission.arrived(self.flow)

    def onPing(self, payload):
        WebSocketProtocol.onPing(self, payload)
        if self.state == self.STATE_OPEN:
            self.main_factory.admission.spent(self.flow)

    def processData(self):
        # What has been read already is parsed no further than the frame that waits.
        return False if self.is_held else WebSocketProtocol.processData(self)

    def _send_next(self):
        (payload, is_binary), self.next_frame = self.next_frame, None
        answer = None if is_binary else self._answer(payload)
        if answer is None:
            WebSocketProtocol.onMessage(self, payload, is_binary)
        else:
            self.serverSend(answer)
            self.main_factory.admission.done(self.flow)

    def _answer(self, payload):
        """The text with which a filter of the project answers a frame, or None."""
        frame_filter = self.main_factory.bounds.frame_filters.get(self.websocket_protocol_in_use)
        try:
            return frame_filter and frame_filter(payload.decode("utf-8"))
        except Exception:
            logger.exception("A filter of frames raised: the frame goes to a worker.")
            return None

    def _hold(self):
        self.is_held = True
        self.transport.pauseProducing()

    def _release(self):
        self.is_held = False
        if self.state in (self.STATE_OPEN, self.STATE_CLOSING):
            self.consumeData()
        if not self.is_held and self.transport is not None:
            self.transport.resumeProducing()

    def _end_flow(self):
        """No frame is sent to a worker any more; what the client sends is read again, for its close."""
        if self.flow is not None:
            flow, self.flow, self.next_frame = self.flow, None, None
            self.main_factory.admission.closed(flow)
            if self.is_held:
                self._release()

    def sendCloseFrame(self, *args, **kwargs):
        WebSocketProtocol.sendCloseFrame(self, *args, **kwargs)
        self.recheck = None
        self._end_flow()

    def onClose(self, wasClean, code, reason):
        if self.counted_address is not None:
            self.main_factory.guests.leave(self.counted_address)
            self.counted_address = None
        self.recheck = None
        self._end_flow()
        if self.cut is not None and self.cut.active():
            self.cut.cancel()
        if hasattr(self, "path") and not self.has_been_open and not self.muted:
            self.main_factory.remember(self.reply_channel, {
                "reply_channel": self.reply_channel, "code": code, "path": self.unquote(self.path), "order": 1,
            })
        WebSocketProtocol.onClose(self, wasClean, code, reason)
        if self.is_unencrypted:
            # Frees the unsent data.
            self.transport.dataBuffer, self.transport._tempDataBuffer = b"", []

    def refused(self, channel, why):
        """Called when a message of this socket was refused."""
        if channel == outgoing.CONNECT:
            # If the channel was full, no worker gets the connect, so none needs the disconnect.
            self.muted = why == outgoing.FULL
            self.deny("No worker is available")
        elif self.state == self.STATE_OPEN:
            self.main_factory.admission.done(self.flow)
            busy = self.main_factory.bounds.busy_frames.get(self.websocket_protocol_in_use)
            if why == outgoing.FULL and busy is not None:
                self.serverSend(busy)
            else:
                self.serverClose(TRY_AGAIN)

    # Out

    def write_frame(self, frame):
        """Writes one or more whole frames. Before the socket is accepted they are held: a broadcast must not accept it."""
        if self.state == self.STATE_OPEN:
            transport = self.transport
            # With nothing buffered, the operating system may accept the frame at once, without the reactor.
            if self.is_unencrypted and not transport._tempDataLen and len(transport.dataBuffer) == transport.offset:
                sent = transport.writeSomeData(frame)
                if isinstance(sent, Exception):
                    # The reactor would notice it when it reads; a socket that is held is not read.
                    transport.abortConnection()
                    return
                if sent == len(frame):
                    return
                frame = frame[sent:]
            transport.write(frame)
            self.end_if_slow()
        elif self.state == self.STATE_CONNECTING:
            self.main_factory.hold(self, frame)

    def serverSend(self, content, binary=False):
        if self.state == self.STATE_CONNECTING:
            self.serverAccept()
        # A socket that is closing gets no more messages.
        if self.state == self.STATE_OPEN:
            self.last_data = monotonic()
            # Not autobahn's `sendMessage`, which applies MAX_FRAME to our messages too.
            self.write_frame(self.main_factory.frame({"bytes" if binary else "text": content}))

    def sendPong(self, payload=None):
        WebSocketProtocol.sendPong(self, payload)
        self.end_if_slow()

    @property
    def unsent(self):
        """Bytes that the operating system has not accepted yet; under TLS, a wrapper forwards these attributes."""
        transport = self.transport
        return len(transport.dataBuffer) - transport.offset + transport._tempDataLen

    def end_if_slow(self):
        """Closes a slow reader. A fast reader of one large message also exceeds the bound, but only for a moment."""
        bound = self.main_factory.bounds.max_unsent
        unsent = self.unsent
        if unsent <= bound or self.state != self.STATE_OPEN:
            self.slow_since = None
            return
        now = monotonic()
        if self.slow_since is None:
            self.slow_since = now
        if unsent > conf.SLOW_FACTOR * bound or now - self.slow_since > conf.SLOW_AFTER:
            logger.info("A reader of %s is too slow: %d bytes unsent.", self.path.decode("ascii"), unsent)
            self.main_factory.count_slow()
            self.serverClose(TOO_SLOW)

    # The end

    def serverClose(self, code=True):
        """daphne's own method raises for codes such as 1012 and 1013 (RFC 6455, 7.4)."""
        code = 1000 if code is True else code
        if not isinstance(code, int) or not 1000 <= code <= 4999 or code in NEVER_SENT:
            logger.error("%r is not a valid close code.", code)
            code = SERVER_ERROR
        self.sendCloseFrame(code=code)

    def _closeConnection(self, abort=False):
        WebSocketProtocol._closeConnection(self, abort)
        if not abort:
            # autobahn waits until everything is written, which never happens with a client that does not read.
            self.cut = self.main_factory.reactor.callLater(conf.CLOSE_WITHIN, self.transport.abortConnection)

    def deny(self, reason):
        """Fails the handshake of a socket that is not accepted yet, with 503: the client may try again."""
        if not self.handshake_deferred.called:
            self.handshake_deferred.errback(ConnectionDeny(SERVICE_UNAVAILABLE, reason))
        self.cleanup()

    def end(self, code):
        if self.state == self.STATE_OPEN:
            self.serverClose(code)
        elif self.state == self.STATE_CONNECTING:
            self.deny("Restarting")

    def check(self):
        """Called every two seconds."""
        factory = self.main_factory
        if self.state == self.STATE_CONNECTING:
            # daphne answers 403, after which no client tries again.
            if 0 <= factory.websocket_connect_timeout < self.duration():
                self.deny("No worker has answered")
        elif 0 <= factory.websocket_timeout < self.duration():
            self.serverClose()
        else:
            self.end_if_slow()
            self.check_ping()
