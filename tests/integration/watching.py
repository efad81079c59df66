# coding: utf-8
"""For tests of ``/tail/``: files, users who may watch them, and a client that behaves as the page does."""
from __future__ import unicode_literals

import io
import json
import time

import websocket

from tests.integration.client import ANSWER_WITHIN, FrameReader

LOG_IN = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import get_user_model
user, _ = get_user_model().objects.get_or_create(username={name!r})
session = import_module(settings.SESSION_ENGINE).SessionStore()
session["_auth_user_id"] = str(user.pk)
session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
session["_auth_user_hash"] = user.get_session_auth_hash()
session.save()
answer = session.session_key
"""


def log_in(stack, name="ann"):
    """Logs a user in; returns the header with the session's cookie."""
    return {"Cookie": "sessionid=%s" % stack.run(LOG_IN.format(name=str(name)))}


def write(path, *lines):
    with io.open(path, "a", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))


def numbered(first, last):
    return ["line %d" % number for number in range(first, last + 1)]


class Watcher(FrameReader):
    """
    ``lines``: all lines that were sent, with the pieces of a line joined. ``notes``: the
    codes between them, each with the number of lines at that time. It starts again where
    lines are missing, and pings in time: a watcher that does not ping is removed.
    """

    def __init__(self, stack, number, header):
        self.url = "ws://127.0.0.1:%d/tail/%d/" % (stack.port, number)
        self.header = header
        self.lines, self.notes, self.skipped = [], [], 0
        self.position, self.id = None, 0
        self.state, self.is_opened, self.resumed = None, False, None
        self.pings = 0
        self.connect()

    def connect(self):
        url = self.url + ("?since=" + self.position if self.position else "")
        self.socket = websocket.create_connection(url, timeout=ANSWER_WITHIN, header=self.header)
        self.id, self.is_opened = 0, False
        self.pinged = time.time()

    def send(self, **frame):
        self.socket.send(json.dumps(frame))

    def start(self):
        self.id += 1
        self.is_opened = False
        self.send(type="start", id=self.id, position=self.position)

    def until(self, condition, within=30):
        deadline = time.time() + within
        asked = time.time()
        while not condition():
            assert time.time() < deadline, "not within %d s: %r, %r" % (within, self.lines[-3:], self.notes)
            self.read(0.2)
            if self.is_opened and time.time() - self.pinged > self.welcome["heartbeat"]:
                self.send(type="ping")
                self.pinged = time.time()
            if not self.is_opened and time.time() - asked > 2:
                self.start()
                asked = time.time()
        return self

    def until_line(self, text, within=30):
        return self.until(lambda: self.lines and self.lines[-1] == text, within)

    def on_welcome(self, frame):
        self.welcome = frame

    def on_pong(self, frame):
        self.pings += 1

    def on_opened(self, frame):
        if frame["id"] != self.id:
            return
        if not frame["resumed"] and self.lines:
            self.notes.append(("gap", len(self.lines)))
        self.is_opened, self.position = True, frame["position"]
        self.state, self.resumed = frame["state"], frame["resumed"]

    def continues(self, frame):
        """Whether the frame follows the last one; if not, starts again."""
        if self.is_opened and frame["after"] == self.position:
            self.position = frame["position"]
            return True
        if self.is_opened:
            self.start()
        return False

    def on_lines(self, frame):
        if not self.continues(frame):
            return
        for line in frame["lines"]:
            line = line if isinstance(line, dict) else {"text": line}
            text = line["text"] + ("[cut %d]" % line["cut"] if "cut" in line else "")
            if line.get("joins") and self.lines:
                self.lines[-1] += text
            else:
                self.lines.append(text)

    def on_skipped(self, frame):
        if self.continues(frame):
            self.skipped += frame["lines"]
            self.notes.append(("skipped", len(self.lines)))

    def on_note(self, frame):
        if self.continues(frame):
            self.notes.append((frame["code"], len(self.lines)))

    def on_reading(self, frame):
        if self.is_opened and frame["position"] != self.position:
            self.start()

    def on_restarted(self, frame):
        self.start()

    def on_error(self, frame):
        raise AssertionError(frame)
