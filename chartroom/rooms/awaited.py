"""
Sockets in a room that does not exist yet: a room is created by its first message, not by a visit.

They are in a group of their own. When the room is created, they join its group before its transaction is
committed, so that nobody can broadcast its first message earlier; then they are moved. A socket that misses this
is moved by its next frame (`find`), and catches up.
"""
from __future__ import unicode_literals

import hashlib
import logging

from channels import DEFAULT_CHANNEL_LAYER, Group, channel_layers
from django.db.models.signals import post_save

from chartroom.models import WIRE_JSON, WIRE_PLAIN, Room
from chartroom.rooms import membership
from chartroom.rooms.on_commit import on_commit
from chartroom.sockets import sessions

logger = logging.getLogger(__name__)


def group_name(namespace, name, wire):
    """A group name is ASCII, which a room's name is not."""
    digest = hashlib.sha256(("%s/%s" % (namespace, name)).encode("utf-8")).hexdigest()[:32]
    return "room.awaited.%s.%s" % (digest, wire)


def join(namespace, name, wire, reply_channel):
    """Add a socket, or renew its membership. After adding one, look for the room: see `find`."""
    Group(group_name(namespace, name, wire)).add(reply_channel)


def leave(namespace, name, wire, reply_channel):
    Group(group_name(namespace, name, wire)).discard(reply_channel)


def find(reply_channel, here):
    """
    Move a socket to its room if that exists by now; return its session's dict, with the ``room`` or with None.

    Called after `join`, so that a room which is created at the same moment is found here, or finds the socket.
    """
    room = Room.objects.named(here["namespace"], here["name"])
    if room is None:
        return here
    _move(reply_channel, here, room)
    return dict(here, room=room.pk)


def connect():
    """Called when all apps are loaded."""
    post_save.connect(_room_saved, sender=Room, dispatch_uid="chartroom.rooms.awaited")


def _room_saved(sender, instance, created, raw=False, **kwargs):
    if created and not raw:
        _safely(_let_join, instance)
        on_commit(lambda: _safely(_created, instance))


def _safely(function, room):
    try:
        function(room)
    except Exception as error:  # A layer, or a cache, raises many types.
        logger.warning("Sockets that wait for the room %s could not be moved (%s): their next ping does it.", room, error)


def _let_join(room):
    for wire in (WIRE_JSON, WIRE_PLAIN):
        membership.join_all(room.pk, wire, _waiting(room, wire))


def _created(room):
    for wire in (WIRE_JSON, WIRE_PLAIN):
        waiting = _waiting(room, wire)
        # Those that came before the commit, and could not find the room.
        membership.join_all(room.pk, wire, waiting)
        for reply_channel in waiting:
            here = sessions.read(reply_channel)
            if here is not None:
                sessions.change(reply_channel, dict(here, room=room.pk))
            leave(room.namespace, room.name, wire, reply_channel)


def _waiting(room, wire):
    return list(channel_layers[DEFAULT_CHANNEL_LAYER].group_channels(group_name(room.namespace, room.name, wire)))


def _move(reply_channel, here, room):
    membership.join(room.pk, here["wire"], reply_channel)
    sessions.change(reply_channel, dict(here, room=room.pk))
    leave(here["namespace"], here["name"], here["wire"], reply_channel)
