"""A user who sends all the time, and connects again after each loss, as the page does."""
from __future__ import unicode_literals

import socket
import ssl
import threading
import time

import websocket
from monotonic import monotonic

from tests.integration.client import Client

RETRY_EVERY = 0.3  # seconds; a page waits for up to 2 seconds at random
SEND_EVERY = 0.4  # seconds: together the talkers must not reach CHARTROOM_RATE_LIMIT, since they have one address
REPEAT_AFTER = 2  # seconds without an ack

LOST = (socket.error, ssl.SSLError, websocket.WebSocketException)


class Closed(websocket.WebSocketException):
    """The server has closed the socket; the text is the code."""


class Reader(Client):

    def receive(self, timeout):
        received = super(Reader, self).receive(timeout)
        if received is not None and received[0] == "close":
            raise Closed("%d" % received[1])
        return received


class Talker(threading.Thread):
    """
    ``connect``: a function that returns a new `Reader`. After `end`: ``acks`` has the number of each id, ``gaps`` the seconds
    between each loss of the socket and the next welcome, ``waits`` those between sending and the ack, ``codes`` the close codes.
    """

    def __init__(self, name, connect):
        super(Talker, self).__init__()
        self.daemon = True
        self.name = name
        self.connect = connect
        self.ending = threading.Event()
        self.welcomed = threading.Event()
        self.sent, self.acks, self.gaps, self.waits, self.codes, self.failure = {}, {}, [], [], [], None
        self.start()

    def end(self):
        self.ending.set()
        self.join(30)
        assert not self.is_alive() and self.failure is None, self.failure

    def run(self):
        number, lost_at = 0, None
        try:
            while not self.ending.is_set():
                reader = None
                try:
                    reader = self.connect()
                    reader.until(lambda: reader.welcome is not None)
                    if lost_at is not None:
                        self.gaps.append(monotonic() - lost_at)
                    self.welcomed.set()
                    while not self.ending.is_set():
                        self._send(reader, "%s-%d" % (self.name, number))
                        number += 1
                    reader.close()
                except LOST as error:
                    if reader is not None and reader.welcome is not None:
                        lost_at = monotonic()
                        self.codes.append("%s" % error)
                    if reader is not None:
                        reader.socket.shutdown()
                    time.sleep(RETRY_EVERY)
        except Exception as error:
            self.failure = repr(error)

    def _send(self, reader, id):
        """Sends one message until it is acknowledged. After a loss, it is sent again with the same id."""
        first_sent_at = self.sent.setdefault(id, monotonic())
        sent_at = None
        while id not in reader.acks:
            if sent_at is None or monotonic() - sent_at > REPEAT_AFTER:
                reader.send_messages((id, id))
                sent_at = monotonic()
            reader.read(0.2)
        if id not in self.acks:
            self.waits.append(monotonic() - first_sent_at)
        assert self.acks.setdefault(id, reader.acks[id]) == reader.acks[id], "another number for " + id
        until = monotonic() + SEND_EVERY
        while monotonic() < until:
            reader.read(max(0.01, until - monotonic()))
