"""The sockets in a room: members of the room's Channels group."""
from __future__ import unicode_literals

from channels import Group

from chartroom.models import group_name


def join(room_id, wire, reply_channel):
    """Add a socket, or renew its membership, which expires after ``group_expiry`` seconds (a day)."""
    Group(group_name(room_id, wire)).add(reply_channel)


def join_all(room_id, wire, reply_channels):
    """Like `join` for several sockets, in one round trip if the layer supports that."""
    group = Group(group_name(room_id, wire))
    if hasattr(group.channel_layer, "group_add_all"):
        group.channel_layer.group_add_all(group.name, reply_channels)
        return
    for reply_channel in reply_channels:
        group.add(reply_channel)


def leave(room_id, wire, reply_channel):
    Group(group_name(room_id, wire)).discard(reply_channel)
