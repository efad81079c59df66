"""The models: rooms, their messages, and the sources that publish in them."""
from __future__ import unicode_literals

from chartroom.models.rooms import (  # noqa: F401
    DEFAULT_NAMESPACE, GUEST_SENDER, MAX_AUTHOR, NAMESPACE, ROOM_NAME, SOURCE_SOCKET, WIRE_JSON, WIRE_PLAIN,
    ChatMessage, Restoration, Room, group_name, is_namespace, is_room_name, sender_tag,
)
from chartroom.models.feeds import Feed, FeedEntry  # noqa: F401
from chartroom.models.hooks import Hook  # noqa: F401
from chartroom.models.timers import Later, Timer  # noqa: F401
