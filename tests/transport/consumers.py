# coding: utf-8
"""Consumers that fail on command, and write a note for each message."""
from __future__ import unicode_literals

import os
import time

from channels import Channel, Group
from channels.exceptions import ConsumeLater, WebsocketCloseException
from channels.routing import route


def note(word):
    with open(os.environ["NOTES"], "ab") as notes:
        notes.write(("%s\n" % word).encode("utf-8"))


def work(message):
    """
    ``{"n": …}``, with options: ``sleep`` for that many seconds, ``fail``, raise ``ConsumeLater``
    (``later``), ``exit``, run ``forever``, send to the full channel ``flood``, or ``close`` the socket.
    """
    note("begin %s" % message["n"])
    time.sleep(message.get("sleep", 0))
    while message.get("forever"):
        pass
    if message.get("fail"):
        raise ValueError("as requested")
    if message.get("later"):
        raise ConsumeLater()
    if message.get("exit"):
        raise SystemExit(1)
    if message.get("flood"):
        Channel(message["flood"]).send({"text": "one too many"})
    if message.get("close"):
        raise WebsocketCloseException(4001)
    note("end %s" % message["n"])


def connect(message):
    """At the path ``/slow/`` it accepts after a second; at ``/fail/`` it raises; at ``/forever/`` it never ends."""
    note("connect %s" % message["path"])
    Group("all").add(message.reply_channel)
    if message["path"] == "/slow/":
        time.sleep(1)
    if message["path"] == "/fail/":
        raise ValueError("as requested")
    while message["path"] == "/forever/":
        pass
    message.reply_channel.send({"accept": True, "text": "welcome"})


def receive(message):
    """Echoes the text; ``close <code>`` closes the socket instead, and ``forever`` never ends."""
    text = message["text"]
    note("receive %s" % text[:20])
    while text == "forever":
        pass
    if text.startswith("close "):
        message.reply_channel.send({"close": int(text.split()[1])})
    else:
        message.reply_channel.send({"text": "echo " + text})


def disconnect(message):
    note("disconnect %s" % message["path"])
    Group("all").discard(message.reply_channel)


def request(message):
    """A request that the test answers itself."""
    note("request %s" % message.reply_channel.name)


routing = [
    route("http.request", request),
    route("work", work), route("light", work),
    route("websocket.connect", connect), route("websocket.receive", receive), route("websocket.disconnect", disconnect),
]
