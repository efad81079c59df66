# coding: utf-8
"""A WebSocket for tests within one process, which does what the interface server and the workers do."""
from __future__ import unicode_literals

import itertools
import json

import six
from channels.exceptions import DenyConnection
from channels.message import Message
from channels.signals import consumer_finished, consumer_started
from django.db import close_old_connections

from chartroom.models import ChatMessage
from chartroom.rooms.store import store

numbers = itertools.count(1)


def run_worker(layer, channels=None):
    """Consume the waiting messages of the layer, as `runworker` would, until there are none."""
    names = channels or sorted(layer.router.channels)
    # A worker closes its database connections after each message, which would end the test's transaction.
    consumer_started.disconnect(close_old_connections)
    consumer_finished.disconnect(close_old_connections)
    try:
        while True:
            name, content = layer.receive(names)
            if name is None:
                return
            _consume(layer, Message(content, name, layer))
    finally:
        consumer_started.connect(close_old_connections)
        consumer_finished.connect(close_old_connections)


def _consume(layer, message):
    consumer, kwargs = layer.router.match(message)
    consumer_started.send(sender=None, environ={})
    try:
        consumer(message, **kwargs)
    except DenyConnection:
        message.reply_channel.send({"close": True}, immediately=True)
    finally:
        consumer_finished.send(sender=None)


class Socket(object):
    """
    A WebSocket. ``replies``: everything that it was sent, oldest first; ``frames``: the
    JSON frames of it; ``close_code``: None while it is open.
    """

    def __init__(self, layer, path, query="", headers=(), session=None):
        self.layer = layer
        self.path = path
        self.query = query
        self.reply_channel = "daphne.response.test!socket%d" % next(numbers)
        self.headers = [[name.encode("ascii"), value.encode("utf-8")] for name, value in headers]
        if session is not None:
            self.headers.append([b"cookie", ("sessionid=%s" % session.session_key).encode("ascii")])
        self.replies = []

    def connect(self):
        self._send("websocket.connect", {
            "headers": self.headers, "query_string": self.query.encode("utf-8"), "client": ["127.0.0.1", 50000],
        })
        return self

    def send(self, frame):
        """Send a dict as a JSON frame, or text unchanged."""
        text = six.text_type(json.dumps(frame)) if isinstance(frame, dict) else frame
        self._send("websocket.receive", {"text": text})
        return self

    def say(self, *entries):
        """Send a ``send`` frame of (id, text) pairs."""
        return self.send({"type": "send", "messages": [{"id": id, "text": text} for id, text in entries]})

    def send_bytes(self, data):
        self._send("websocket.receive", {"bytes": data})
        return self

    def disconnect(self):
        self._send("websocket.disconnect", {"code": 1000})

    def _send(self, channel, content):
        content.update({"reply_channel": self.reply_channel, "path": self.path, "order": len(self.replies)})
        self.layer.send(channel, content)
        run_worker(self.layer)
        self.read()

    def read(self):
        """Receive new replies of this socket; those of other sockets are left on the layer."""
        waiting = self.layer._channels.get("daphne.response.test!", ())
        for entry in list(waiting):
            if entry[1]["__asgi_channel__"] == self.reply_channel:
                waiting.remove(entry)
                self.replies.append({key: value for key, value in entry[1].items() if key != "__asgi_channel__"})
        return self

    @property
    def texts(self):
        return [reply["text"] for reply in self.read().replies if reply.get("text")]

    @property
    def frames(self):
        return [json.loads(text) for text in self.texts]

    def frames_of(self, kind):
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def errors(self):
        """[(code, ids)] of all error frames."""
        return [
            (frame["code"], frame.get("ids", [frame["id"]] if "id" in frame else []))
            for frame in self.frames_of("error")
        ]

    @property
    def close_code(self):
        codes = [reply["close"] for reply in self.read().replies if "close" in reply]
        return codes[0] if codes else None


def fill(room, count, author="Ann", sender="user:1"):
    """Store ``count`` messages in a room, with the ids m1, m2, …; return them."""
    rows = [
        ChatMessage(room=room, source="socket", sender=sender, author=author,
                    client_id="m%d" % number, message="message %d" % number)
        for number in range(room.last_seq + 1, room.last_seq + count + 1)
    ]
    outcomes = store(rows)
    room.refresh_from_db()
    return [outcome.message for outcome in outcomes]
