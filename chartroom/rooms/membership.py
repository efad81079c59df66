"""Which sockets are in a room: membership of the room's Channels group."""
from __future__ import unicode_literals

from channels import Group

from chartroom.models import group_name


def join(room_id, wire, reply_channel):
    """Also renews: a member falls out ``group_expiry`` seconds (a day) after the last time."""
    Group(group_name(room_id, wire)).add(reply_channel)


def leave(room_id, wire, reply_channel):
    Group(group_name(room_id, wire)).discard(reply_channel)
