# coding: utf-8
"""What is known of a deployment at this moment: Redis, queues, processes and the database."""
from __future__ import unicode_literals

import datetime
import threading

import redis
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import Error as DatabaseError
from django.utils import timezone
from django.utils.encoding import force_text
from monotonic import monotonic

from chartroom.models import ChatMessage
from chartroom.rooms import submissions
from chartroom.sources.tail import commands as tail

SOCKET_CHANNELS = ("websocket.connect", "websocket.receive", "websocket.disconnect")
CHANNELS = SOCKET_CHANNELS + ("websocket.recheck", "http.request", submissions.CHANNEL, tail.CHANNEL)

DATABASE_WITHIN = 10  # seconds
MOST_COUNTED = 100000  # messages; more are reported as this number


class NoStatus(Exception):
    """The layer is not one of chartroom.transport."""


def read():
    """
    A dict for JSON: the keys of `chartroom.transport.status.Status.read`, and ``database`` with ``error``
    (None if it answers), ``latency_ms`` and the messages of the ``last_minute`` and the ``last_hour``,
    up to `MOST_COUNTED`. Raises `NoStatus`.
    """
    layer = getattr(channel_layers[DEFAULT_CHANNEL_LAYER], "channel_layer", None)
    if not hasattr(layer, "status"):
        raise NoStatus("A layer of chartroom.transport.layers is required in CHANNEL_LAYERS, and this is %s." % type(layer).__name__)
    try:
        report = layer.status.read(CHANNELS)
    except redis.RedisError:
        # A server has stopped answering in between: then the second time is complete without it.
        report = layer.status.read(CHANNELS)
    report["database"] = read_database_within(DATABASE_WITHIN)
    return report


def read_database_within(seconds):
    """
    `read_database` in a thread, with a connection of its own: no driver can be interrupted while it waits
    for a server that hangs. That is reported as an error after ``seconds``.
    """
    answers = []

    def read_and_close():
        try:
            answers.append(read_database())
        finally:
            connections[DEFAULT_DB_ALIAS].close()
    thread = threading.Thread(target=read_and_close)
    thread.daemon = True
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else dict(nothing(), error="it has not answered within %g s" % seconds)


def nothing():
    return {"error": None, "latency_ms": None, "last_minute": None, "last_hour": None}


def read_database():
    connection = connections[DEFAULT_DB_ALIAS]
    found = nothing()
    try:
        ask(connection)  # opens the connection
        started = monotonic()
        ask(connection)
        found["latency_ms"] = round((monotonic() - started) * 1000, 2)
        found["last_minute"], found["last_hour"] = recent(minutes=1).count(), recent(hours=1).count()
    except DatabaseError as error:
        found["error"] = "%s: %s" % (type(error).__name__, without_password(error, connection))
    return found


def ask(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def recent(**ago):
    """Messages by the index of the time; the limit bounds how much of it is read."""
    since = timezone.now() - datetime.timedelta(**ago)
    return ChatMessage.objects.filter(at__gte=since).order_by()[:MOST_COUNTED]


def without_password(error, connection):
    """The text of an error, in which a driver may repeat how it was asked to connect."""
    password = connection.settings_dict.get("PASSWORD")
    text = force_text(error, errors="replace").strip()
    return text.replace(force_text(password), "***") if password else text
