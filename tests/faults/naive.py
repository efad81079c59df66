# coding: utf-8
"""Rooms as the tutorials of Channels 1 write them."""
from __future__ import unicode_literals

import json

from channels import Channel, Group
from channels.auth import channel_session_user, channel_session_user_from_http
from channels.exceptions import ConsumeLater
from channels.routing import route

from tests.faults import consumers


def connect(message, room):
    Group("room-%s" % room).add(message.reply_channel)
    message.reply_channel.send({"accept": True})


def receive(message, room):
    content = {"room": room, "reply_channel": message.reply_channel.name}
    content.update(json.loads(message["text"]))
    Channel("store").send(content)


def store(message):
    text = message["text"]
    if message.get("late") and text not in consumers.notes():
        # As `enforce_ordering` does with a message that comes too early.
        consumers.note(text)
        raise ConsumeLater()
    Group("room-%s" % message["room"]).send({"text": json.dumps({"text": text})})
    message.reply_channel.send({"text": json.dumps({"stored": text})})


def disconnect(message, room):
    Group("room-%s" % room).discard(message.reply_channel)


ROOM = r"(?u)^/chat/(?P<room>\w+)/$"

routing = [
    route("websocket.connect", connect, path=ROOM),
    route("websocket.receive", receive, path=ROOM),
    route("websocket.disconnect", disconnect, path=ROOM),
    route("store", store),
]


# With channel sessions

@channel_session_user_from_http
def connect_in_session(message):
    message.channel_session["room"] = "lobby"
    message.reply_channel.send({"accept": True})


@channel_session_user
def receive_in_session(message):
    message.reply_channel.send({"text": message.channel_session["room"]})


@channel_session_user
def disconnect_in_session(message):
    Group("room-%s" % message.channel_session["room"]).discard(message.reply_channel)


session_routing = [
    route("websocket.connect", connect_in_session),
    route("websocket.receive", receive_in_session),
    route("websocket.disconnect", disconnect_in_session),
]
