# coding: utf-8
"""
Routes to include: ``include("chartroom.routing.rooms", path=r"^/chat")``.

An include's path may capture ``namespace``. The path of a room is matched in
Unicode, so that a room may be called 聊天室.
"""
from __future__ import unicode_literals

from channels.routing import route

from chartroom import consumers
from chartroom.models import ROOM_NAME
from chartroom.rooms import pipeline, submissions
from chartroom.sources.tail import consumers as watching

TAIL_FILE = r"^/(?P<number>[1-9][0-9]{0,8})/?\Z"
ROOM = r"(?u)^/(?P<room>%s)/?\Z" % ROOM_NAME

# First in a project's routing: a route is found by walking the list.
internal = [
    route(submissions.CHANNEL, pipeline.store_submissions),
]

rooms = [
    route("websocket.connect", consumers.connect, path=ROOM),
    route("websocket.receive", consumers.receive, path=ROOM),
    route("websocket.disconnect", consumers.disconnect, path=ROOM),
]

plain_rooms = [
    route("websocket.connect", consumers.plain_connect, path=ROOM),
    route("websocket.receive", consumers.plain_receive, path=ROOM),
    route("websocket.disconnect", consumers.disconnect, path=ROOM),
]

# Before a captured namespace in a project's routing: whatever is no number is refused, and is no room.
tail = [
    route("websocket.connect", watching.connect, path=TAIL_FILE),
    route("websocket.receive", watching.receive, path=TAIL_FILE),
    route("websocket.disconnect", watching.disconnect, path=TAIL_FILE),
    route("websocket.connect", watching.refuse),
    route("websocket.receive", watching.ignore),
    route("websocket.disconnect", watching.ignore),
]

# Last in a project's routing: every socket that nothing else took.
lobby = [
    route("websocket.connect", consumers.lobby_connect),
    route("websocket.receive", consumers.plain_receive),
    route("websocket.disconnect", consumers.disconnect),
]
