# coding: utf-8
"""Clients of a room: programs that read frames, each handled by a method of its type."""
from __future__ import unicode_literals

import json
import time

import six
import websocket

from chartroom.wire import protocol
from chartroom.wire.merge import merge

# The library's list is older than the registry (https://www.iana.org/assignments/websocket).
websocket._abnf.VALID_CLOSE_STATUS += (1012, 1013)

ANSWER_WITHIN = 10  # seconds


def decoded(opcode, data):
    """A WebSocket frame as ``("text", text)`` or ``("close", code)``."""
    if opcode == websocket.ABNF.OPCODE_CLOSE:
        return "close", six.indexbytes(data, 0) * 256 + six.indexbytes(data, 1)
    return "text", data.decode("utf-8")


class FrameReader(object):
    """The part of a client that reads from ``self.socket`` and passes each JSON frame to ``on_<type>``."""

    def close(self):
        self.socket.close()

    def receive(self, timeout=ANSWER_WITHIN):
        """The next frame: ``("text", text)`` or ``("close", code)``; None after ``timeout`` seconds."""
        self.socket.settimeout(timeout)
        try:
            return decoded(*self.socket.recv_data())
        except websocket.WebSocketTimeoutException:
            return None

    def read(self, timeout=ANSWER_WITHIN):
        """Handles the next JSON frame and returns it; None after ``timeout`` seconds."""
        received = self.receive(timeout)
        if received is None:
            return None
        kind, text = received
        assert kind == "text", "closed with %s" % text
        frame = json.loads(text)
        getattr(self, "on_" + frame["type"], self.on_other)(frame)
        return frame

    def on_other(self, frame):
        raise AssertionError("unexpected frame: %r" % frame)


class Client(FrameReader):
    """Reads and writes a room as the protocol specifies: merges by ``seq``, and has one send frame in flight."""

    def __init__(self, url, **options):
        options.setdefault("subprotocols", [protocol.SUBPROTOCOL])
        self.url = url
        self.options = options
        self.messages, self.seq, self.gap = [], None, False
        self.acks, self.errors = {}, []
        self.welcome = None
        self.connect()

    def connect(self):
        url = self.url if self.seq is None else "%s?since=%d" % (self.url, self.seq)
        self.socket = websocket.create_connection(url, timeout=ANSWER_WITHIN, **self.options)

    def reconnect(self):
        self.socket.close()
        self.connect()
        return self.until(lambda: self.welcome is not None)

    def send(self, frame):
        self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    def send_messages(self, *entries):
        self.send({"type": "send", "messages": [{"id": id, "text": text} for id, text in entries]})

    def until(self, condition, within=30):
        """Reads until the condition holds; raises ``AssertionError`` after ``within`` seconds."""
        deadline = time.time() + within
        while not condition():
            assert time.time() < deadline, "not within %d s" % within
            self.read(1)
        return self

    def send_and_wait(self, *entries):
        """Sends one frame, and like the page repeats messages without an ack, until all are acknowledged."""
        wanted = {id for id, text in entries}
        give_up = time.time() + 60
        while wanted - set(self.acks):
            assert time.time() < give_up, "no ack came; errors: %s" % self.errors
            self.send_messages(*[entry for entry in entries if entry[0] not in self.acks])
            deadline = time.time() + 2
            while wanted - set(self.acks) and time.time() < deadline:
                self.read(0.2)
        return self

    def read_all(self):
        """Catches up to the room's last message."""
        last = self.ask({"type": "ping", "seq": self.seq or 0}, "pong")["seq"]
        while (self.seq or 0) < last:
            self.ask({"type": "catch_up", "since": self.seq or 0}, "catch_up")
        return self

    def ask(self, frame, answer):
        self.send(frame)
        while True:
            received = self.read()
            assert received is not None, "no %s came" % answer
            if received["type"] == answer:
                return received
            if received["type"] == "error" and received["code"] == "busy" and "id" not in received:
                time.sleep(received["retry_after"])
                self.send(frame)

    def on_other(self, frame):
        """Ignores frames that this client has no use for."""

    def on_welcome(self, frame):
        self.welcome = frame
        self.take(frame["messages"])

    def on_messages(self, frame):
        self.take(frame["messages"])

    def on_catch_up(self, frame):
        self.take(frame["messages"])

    def on_ack(self, frame):
        self.acks.update((ack["id"], ack["seq"]) for ack in frame["acks"])

    def on_error(self, frame):
        self.errors.append(frame)

    def take(self, messages):
        self.messages, self.seq, self.gap = merge(self.messages, messages, self.seq or 0)

    @property
    def texts(self):
        return [message["text"] for message in self.messages]
