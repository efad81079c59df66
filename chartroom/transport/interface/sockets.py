# coding: utf-8
"""daphne's WebSockets, with what they lack."""
from __future__ import unicode_literals

import logging
import time

from autobahn.twisted.websocket import ConnectionDeny
from autobahn.websocket import protocol as autobahn_protocol
from daphne.ws_protocol import WebSocketProtocol
from six.moves.urllib_parse import unquote_to_bytes
from twisted.internet.abstract import FileDescriptor

from chartroom.transport.interface import outgoing

logger = logging.getLogger(__name__)

# Made for each new socket, for a line that no log takes: a tenth of what a connect costs.
autobahn_protocol.pformat = type

RESTART, TRY_AGAIN, TOO_SLOW = 1012, 1013, 4408
UNAVAILABLE = 503
SERVER_ERROR = 1011

CLOSE_WITHIN = 5  # seconds for the other side to answer a close; then the connection is cut
MOMENT = 1  # seconds that a reader may be behind its bound; and how many times that, at no time
HARD_BOUND = 4
NEVER_SENT = (1004, 1005, 1006, 1015)  # RFC 6455, 7.4.1

READ_AT_ONCE = 8192  # bytes
MOST_FRAGMENTS = 1000  # of one message


def unquote(value):
    """A path as text, for both Pythons: what is no UTF-8 is marked, and stops nothing."""
    return unquote_to_bytes(value).decode("utf-8", "replace")


class Socket(WebSocketProtocol):

    unquote = staticmethod(unquote)
    is_bare = False
    has_been_open = False
    behind_since = None  # when more than the bound was unsent, and has not been less since
    after_close = 0  # bytes that came after our close
    cut = None

    # In

    def dataReceived(self, data):
        if self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            # For when it is accepted. autobahn would take a second handshake for another socket.
            self.data += data
            if len(self.data) > self.main_factory.bounds.max_frame:
                self.deny("Too much came before the answer")
            return
        if self.state == self.STATE_CLOSING:
            # Its own close may have a frame or two before it; a flood would be read for as long as we wait for that.
            self.after_close += len(data)
            if self.after_close > self.main_factory.bounds.max_frame:
                self.transport.abortConnection()
                return
        WebSocketProtocol.dataReceived(self, data)

    def onOpen(self):
        self.has_been_open = True
        # Under TLS what we write is not what goes out.
        self.is_bare = isinstance(self.transport, FileDescriptor) and not getattr(self.transport, "TLS", False)
        # autobahn copies what it has not read yet for each frame of it.
        self.transport.bufferSize = READ_AT_ONCE
        WebSocketProtocol.onOpen(self)

    def onMessageBegin(self, isBinary):
        self.fragments = 0
        WebSocketProtocol.onMessageBegin(self, isBinary)

    def onMessageFrameBegin(self, length):
        WebSocketProtocol.onMessageFrameBegin(self, length)
        # Empty ones cost memory too, and the bound counts bytes.
        self.fragments += 1
        if self.fragments > MOST_FRAGMENTS:
            self.dropConnection(abort=True)

    def onMessage(self, payload, isBinary):
        # What comes behind a frame that was refused must not overtake it.
        if self.state == self.STATE_OPEN:
            WebSocketProtocol.onMessage(self, payload, isBinary)

    def onClose(self, wasClean, code, reason):
        if self.cut is not None and self.cut.active():
            self.cut.cancel()
        if hasattr(self, "path") and not self.has_been_open and not self.muted:
            self.main_factory.remember(self.reply_channel, {
                "reply_channel": self.reply_channel, "code": code, "path": self.unquote(self.path), "order": 1,
            })
        WebSocketProtocol.onClose(self, wasClean, code, reason)
        if self.is_bare:
            # What nobody will read any more.
            self.transport.dataBuffer, self.transport._tempDataBuffer = b"", []

    def refused(self, channel, why):
        """What this socket sent was not taken."""
        if channel == outgoing.CONNECT:
            # Where Redis had no room for it, nobody has heard of it: there is no disconnect to tell.
            self.muted = why == outgoing.FULL
            self.deny("No worker can take it now")
        elif self.state == self.STATE_OPEN:
            busy = self.main_factory.bounds.busy_frames.get(self.websocket_protocol_in_use)
            if why == outgoing.FULL and busy is not None:
                self.serverSend(busy)
            else:
                self.serverClose(TRY_AGAIN)

    # Out

    def write_frame(self, frame):
        """Bytes that are one frame or more; held until the socket is accepted: a broadcast must not do that."""
        if self.state == self.STATE_OPEN:
            transport = self.transport
            # Nothing waits: the system may take it at once, without a turn of the reactor.
            if self.is_bare and not transport._tempDataLen and len(transport.dataBuffer) == transport.offset:
                sent = transport.writeSomeData(frame)
                if sent == len(frame) or isinstance(sent, Exception):
                    return
                frame = frame[sent:]
            transport.write(frame)
            self.end_if_slow()
        elif self.state == self.STATE_CONNECTING:
            self.main_factory.hold(self, frame)

    def serverSend(self, content, binary=False):
        if self.state == self.STATE_CONNECTING:
            self.serverAccept()
        # To one that is leaving nothing is sent any more.
        if self.state == self.STATE_OPEN:
            self.last_data = time.time()
            # Not by autobahn's `sendMessage`: that holds what we send to the bound for what clients send.
            self.write_frame(self.main_factory.frame({"bytes" if binary else "text": content}))

    def sendPong(self, payload=None):
        WebSocketProtocol.sendPong(self, payload)
        self.end_if_slow()

    @property
    def unsent(self):
        """Bytes that the reader has not taken from us; under TLS a wrapper passes the question on."""
        transport = self.transport
        return len(transport.dataBuffer) - transport.offset + transport._tempDataLen

    def end_if_slow(self):
        """A large page for a quick reader passes the bound too: it has a moment to take it."""
        bound = self.main_factory.bounds.max_unsent
        unsent = self.unsent
        if unsent <= bound or self.state != self.STATE_OPEN:
            self.behind_since = None
            return
        now = time.time()
        if self.behind_since is None:
            self.behind_since = now
        if unsent > HARD_BOUND * bound or now - self.behind_since > MOMENT:
            logger.info("A reader of %s is too slow: %d bytes unsent.", self.path.decode("ascii"), unsent)
            self.main_factory.count_slow()
            self.serverClose(TOO_SLOW)

    # The end

    def serverClose(self, code=True):
        """daphne's own raises for codes such as 1012 and 1013 (RFC 6455, 7.4)."""
        code = 1000 if code is True else code
        if not isinstance(code, int) or not 1000 <= code <= 4999 or code in NEVER_SENT:
            logger.error("%r is no code to close with.", code)
            code = SERVER_ERROR
        self.sendCloseFrame(code=code)

    def _closeConnection(self, abort=False):
        WebSocketProtocol._closeConnection(self, abort)
        if not abort:
            # It waits until all is written, which a reader that reads nothing never lets happen.
            self.cut = self.main_factory.reactor.callLater(CLOSE_WITHIN, self.transport.abortConnection)

    def deny(self, reason):
        """For a socket that is not accepted yet: the handshake fails, and a client knows that it may try again."""
        if not self.handshake_deferred.called:
            self.handshake_deferred.errback(ConnectionDeny(UNAVAILABLE, reason))
        self.cleanup()

    def end(self, code):
        if self.state == self.STATE_OPEN:
            self.serverClose(code)
        elif self.state == self.STATE_CONNECTING:
            self.deny("Restarting")

    def check(self):
        """Every two seconds."""
        factory = self.main_factory
        if self.state == self.STATE_CONNECTING:
            # daphne says 403, which no client tries again.
            if 0 <= factory.websocket_connect_timeout < self.duration():
                self.deny("No worker has answered")
        elif 0 <= factory.websocket_timeout < self.duration():
            self.serverClose()
        else:
            self.end_if_slow()
            self.check_ping()
