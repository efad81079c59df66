# coding: utf-8
"""Consumers that do the obvious thing, and some that fail on command."""
from __future__ import unicode_literals

import os

from channels import Channel, Group
from channels.exceptions import WebsocketCloseException
from channels.routing import route


def note(word):
    with open(os.path.join(os.environ["FAULTS_STATE"], "notes"), "ab") as notes:
        notes.write(("%s\n" % word).encode("ascii"))


def notes():
    path = os.path.join(os.environ["FAULTS_STATE"], "notes")
    if not os.path.exists(path):
        return []
    with open(path, "rb") as lines:
        return lines.read().decode("ascii").split("\n")[:-1]


# Sockets

def join(message, group):
    Group(group).add(message.reply_channel)
    note("joined")
    message.reply_channel.send({"accept": True})


def join_and_wait(message, group):
    """The test accepts the socket later."""
    Group(group).add(message.reply_channel)


def leave(message, group):
    Group(group).discard(message.reply_channel)
    note("left")


def fail(message):
    raise ValueError("as requested")


def accept(message):
    message.reply_channel.send({"accept": True})


def close(message):
    raise WebsocketCloseException(4001)


# Internal channels

def work(message):
    """
    ``{"n": …}``: answers on the channel ``answers``. ``flood``: sends to that full channel
    instead; ``die``: kills its process, the first time; ``fails``: raises that many times,
    after it has answered.
    """
    note("begin %d" % message["n"])
    tries = notes().count("begin %d" % message["n"]) if "die" in message or "fails" in message else 1
    if message.get("die") and tries == 1:
        os.kill(os.getpid(), 9)
    if message.get("flood"):
        Channel(message["flood"]).send({"text": "one too many"})
        return
    Channel("answers").send({"n": message["n"], "try": tries})
    if tries <= message.get("fails", 0):
        raise ValueError("as requested")


def count(message):
    note("end %d" % message["n"])


IN_GROUP = r"^/group/(?P<group>\w+)$"
NOT_ACCEPTED = r"^/door/(?P<group>\w+)$"

routing = [
    route("websocket.connect", join, path=IN_GROUP),
    route("websocket.disconnect", leave, path=IN_GROUP),
    route("websocket.connect", join_and_wait, path=NOT_ACCEPTED),
    route("websocket.disconnect", leave, path=NOT_ACCEPTED),
    route("websocket.connect", fail, path=r"^/fail$"),
    route("websocket.connect", accept, path=r"^/close$"),
    route("websocket.receive", close, path=r"^/close$"),
    route("work", work), route("light", work), route("quick", count),
]
