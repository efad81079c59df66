# coding: utf-8
"""Consumers that do the obvious thing, and some that do on command what goes wrong in the wild."""
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
    """Somebody else accepts it, later."""
    Group(group).add(message.reply_channel)


def leave(message, group):
    Group(group).discard(message.reply_channel)
    note("left")


def fail(message):
    raise ValueError("as told")


def accept(message):
    message.reply_channel.send({"accept": True})


def close(message):
    raise WebsocketCloseException(4001)


# Internal channels

def work(message):
    """
    ``{"n": …}``: answers on ``answers``. ``flood``: sends to that channel, which is
    full; ``die``: is killed, the first time; ``fails``: raises so often, after it has sent.
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
        raise ValueError("as told")


def count(message):
    note("end %d" % message["n"])


IN_GROUP = r"^/group/(?P<group>\w+)$"
AT_THE_DOOR = r"^/door/(?P<group>\w+)$"

routing = [
    route("websocket.connect", join, path=IN_GROUP),
    route("websocket.disconnect", leave, path=IN_GROUP),
    route("websocket.connect", join_and_wait, path=AT_THE_DOOR),
    route("websocket.disconnect", leave, path=AT_THE_DOOR),
    route("websocket.connect", fail, path=r"^/fail$"),
    route("websocket.connect", accept, path=r"^/close$"),
    route("websocket.receive", close, path=r"^/close$"),
    route("work", work), route("light", work), route("quick", count),
]
