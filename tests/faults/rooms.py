# coding: utf-8
"""
Rooms with the same methods on both stacks: chartroom's rooms, and naive ones on the
stock stack. ``enter`` returns a user in a room, with ``send_all``, ``send`` and ``received``.
"""
from __future__ import unicode_literals

import json

from django.utils.six.moves.urllib.parse import quote

from tests.faults.stack import OURS, Stack
from tests.integration.stack import ANSWER_WITHIN
from tests.integration.stack import Stack as ProjectStack

FRAME = 10  # messages


def path(room):
    return "/chat/%s/" % quote(room.encode("utf-8"))


class Chartroom(object):

    def __init__(self, folder, workers):
        self._stack = ProjectStack(socket_workers=workers, pipeline_workers=workers)

    def start(self):
        self._stack.start()
        return self

    def enter(self, room):
        client = self._stack.connect(path(room))
        return ChartroomUser(client.until(lambda: client.welcome is not None))

    def stop(self):
        self._stack.stop()


class ChartroomUser(object):

    def __init__(self, client):
        self._client = client

    def send_all(self, texts):
        """As the page does: one frame in flight, and the messages typed meanwhile in the next."""
        for start in range(0, len(texts), FRAME):
            self._client.send_and_wait(*[(text, text) for text in texts[start:start + FRAME]])

    def send(self, text, **more):
        """Returns whether the message was acknowledged."""
        self._client.send(dict({"type": "send", "messages": [{"id": text, "text": text}]}, **more))
        return within(lambda: self._client.until(lambda: text in self._client.acks, ANSWER_WITHIN))

    def received(self, count):
        """The texts of the room in order: at least ``count``, or those that have come in time."""
        within(lambda: self._client.until(lambda: len(self._client.texts) >= count, ANSWER_WITHIN))
        return self._client.texts


class Naive(object):

    def __init__(self, folder, workers):
        # A capacity that loses nothing of a burst, which is another row's fault.
        self._stack = Stack(folder, routing="tests.faults.naive.routing", capacity=10000)
        self._workers = workers

    def start(self):
        for _ in range(self._workers):
            self._stack.worker()
        self._stack.server()
        return self

    def enter(self, room):
        return NaiveUser(self._stack.connect(path(room)))

    def stop(self):
        self._stack.stop()


class NaiveUser(object):

    def __init__(self, client):
        self._client = client
        self._texts, self._stored = [], set()

    def send_all(self, texts):
        for text in texts:
            self._client.send({"text": text})

    def send(self, text, **more):
        self._client.send(dict({"text": text, "late": True}, **more))
        self._read(lambda: text in self._stored)
        return text in self._stored

    def received(self, count):
        self._read(lambda: len(self._texts) >= count)
        return self._texts

    def _read(self, enough):
        while not enough():
            frame = self._client.receive(ANSWER_WITHIN)
            if frame is None:
                return
            frame = json.loads(frame[1])
            if "stored" in frame:
                self._stored.add(frame["stored"])
            else:
                self._texts.append(frame["text"])


def within(wait):
    """Returns whether a wait ended in time."""
    try:
        wait()
    except AssertionError:
        return False
    return True


Rooms = Chartroom if OURS else Naive
