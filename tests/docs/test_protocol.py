# coding: utf-8
"""Runs the examples of ``docs/protocol.md`` against the consumers."""
from __future__ import unicode_literals

import io
import json
import os
import re

import pytest
from django.contrib.sessions.backends.db import SessionStore

from chartroom.wire import limits, protocol
from tests.room_socket import Socket, fill

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "docs", "protocol.md")
BLOCK = re.compile(r"^```frames ?(.*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Keys whose values vary; the type must be that of the example.
VARIES = ("at", "sender", "epoch", "retry_after")

with io.open(DOCS, encoding="utf-8") as file:
    TEXT = file.read()

EXAMPLES = BLOCK.findall(TEXT)


def steps_of(lines):
    """Return [(sent frame, [frames in response])]. For frames before the first ``>``, the sent frame is None."""
    steps = []
    for line in lines.splitlines():
        direction, text = line.split(" ", 1)
        if direction == ">":
            steps.append((text, []))
        else:
            if not steps:
                steps.append((None, []))
            steps[-1][1].append(json.loads(text))
    return steps


def is_like(value, example):
    """Equal, except for the values that vary, which have the same type."""
    if isinstance(example, list):
        return isinstance(value, list) and len(value) == len(example) and all(map(is_like, value, example))
    if not isinstance(example, dict):
        return value == example
    return isinstance(value, dict) and set(value) == set(example) and all(
        isinstance(value[key], type(example[key])) if key in VARIES else is_like(value[key], example[key])
        for key in example)


@pytest.mark.django_db
@pytest.mark.parametrize("options, lines", EXAMPLES, ids=["example%d" % (number + 1) for number in range(len(EXAMPLES))])
def test_example(layer, lobby, settings, options, lines):
    options = dict(option.split("=") for option in options.split())
    settings.CHARTROOM_RATE_LIMIT = options.get("rate", "0")
    fill(lobby, int(options.get("stored", 0)), sender="guest:k1")
    session = SessionStore()
    session["chartroom_guest"] = {"key": "k1", "name": "Ann"}
    session.save()

    socket = Socket(layer, "/chat/lobby/", query="since=" + options.get("since", "0"), session=session).connect()
    for sent, answers in steps_of(lines):
        seen = 0
        if sent is not None:
            seen = len(socket.frames)
            socket.send(sent)
        assert len(socket.frames[seen:]) == len(answers)
        for frame, answer in zip(socket.frames[seen:], answers):
            assert is_like(frame, answer), "%s\nis not as documented:\n%s" % (frame, answer)


def test_each_frame_has_an_example():
    documented = {json.loads(line[2:])["type"] for options, lines in EXAMPLES for line in lines.splitlines()
                  if line[2:].startswith("{")}
    assert documented >= {
        protocol.SEND, protocol.CATCH_UP, protocol.HISTORY, protocol.PING, protocol.WELCOME,
        protocol.MESSAGES, protocol.ACK, protocol.PONG, protocol.ERROR,
    }


def test_each_code_is_documented():
    for code in protocol.ERROR_CODES:
        assert "| `%s` |" % code in TEXT
    for name in protocol.SHARED_NAMES:
        if name.startswith("CLOSE_"):
            assert "| %d |" % getattr(protocol, name) in TEXT
    for bound in (limits.MAX_TEXT, limits.MAX_FRAME):
        assert "{:,}".format(bound) in TEXT
