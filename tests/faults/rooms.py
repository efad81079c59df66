# coding: utf-8
"""
Rooms, by the same words on either stack: chartroom's on ours, naive ones on the
stock stack. ``enter`` gives a person in a room, who can ``say_all``, ``say`` and ``hear``.
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
        return ChartroomPerson(client.until(lambda: client.welcome is not None))

    def stop(self):
        self._stack.stop()


class ChartroomPerson(object):

    def __init__(self, client):
        self._client = client

    def say_all(self, texts):
        """As the page does: one frame in flight, and what is typed meanwhile is in the next."""
        for start in range(0, len(texts), FRAME):
            self._client.say_and_wait(*[(text, text) for text in texts[start:start + FRAME]])

    def say(self, text, **more):
        """Whether it was acknowledged."""
        self._client.send(dict({"type": "send", "messages": [{"id": text, "text": text}]}, **more))
        return within(lambda: self._client.until(lambda: text in self._client.acks, ANSWER_WITHIN))

    def hear(self, count):
        """What the room said, in its order, when there is so much of it, or when no more comes."""
        within(lambda: self._client.until(lambda: len(self._client.texts) >= count, ANSWER_WITHIN))
        return self._client.texts


class Naive(object):

    def __init__(self, folder, workers):
        # So many that nothing is lost of a burst: that is another row's.
        self._stack = Stack(folder, routing="tests.faults.naive.routing", capacity=10000)
        self._workers = workers

    def start(self):
        for _ in range(self._workers):
            self._stack.worker()
        self._stack.server()
        return self

    def enter(self, room):
        return NaivePerson(self._stack.connect(path(room)))

    def stop(self):
        self._stack.stop()


class NaivePerson(object):

    def __init__(self, client):
        self._client = client
        self._heard, self._stored = [], set()

    def say_all(self, texts):
        for text in texts:
            self._client.send({"text": text})

    def say(self, text, **more):
        self._client.send(dict({"text": text, "late": True}, **more))
        self._read(lambda: text in self._stored)
        return text in self._stored

    def hear(self, count):
        self._read(lambda: len(self._heard) >= count)
        return self._heard

    def _read(self, enough):
        while not enough():
            received = self._client.receive(ANSWER_WITHIN)
            if received is None:
                return
            frame = json.loads(received[1])
            if "stored" in frame:
                self._stored.add(frame["stored"])
            else:
                self._heard.append(frame["text"])


def within(wait):
    """Whether it came in time."""
    try:
        wait()
    except AssertionError:
        return False
    return True


Rooms = Chartroom if OURS else Naive
