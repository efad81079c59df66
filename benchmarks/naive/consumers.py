from __future__ import unicode_literals

import json

from channels import Channel, Group
from django.db import transaction

from benchmarks.naive.models import NaiveMessage

CHANNEL = "naive-messages"
WELCOME = json.dumps({"type": "welcome", "text": "You are in."})


def group_name(room):
    return "naive-%s" % room


def store(message):
    """Stores the message in its own transaction, then sends it to the group, as Channels 1 tutorials do."""
    with transaction.atomic():
        row = NaiveMessage.objects.create(
            room=message.content["room"], author=message.content["author"], text=message.content["text"])
    Group(group_name(row.room)).send({"text": json.dumps({
        "id": row.pk, "author": row.author, "text": row.text, "created": row.created.isoformat(),
    })})


# A room: /room/<name>/

def join(message, room):
    Group(group_name(room)).add(message.reply_channel)
    message.reply_channel.send({"accept": True, "text": WELCOME})


def receive(message, room):
    Channel(CHANNEL).send({"room": room, "author": "Somebody", "text": message.content["text"]})


def leave(message, room):
    Group(group_name(room)).discard(message.reply_channel)


# An echo: every other path

def connect(message):
    message.reply_channel.send({"accept": True})


def echo(message):
    message.reply_channel.send({"text": message.content["text"]})


def disconnect(message):
    pass
