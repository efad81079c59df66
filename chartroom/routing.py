# coding: utf-8
"""
Routes to include: ``include("chartroom.routing.rooms", path=r"^/chat")``.

The path of an include may capture ``namespace``. Room names are matched as
Unicode, so that a room may be called 聊天室.
"""
from __future__ import unicode_literals

from channels.routing import route

from chartroom import consumers
from chartroom.models import ROOM_NAME
from chartroom.rooms import pipeline, submissions
from chartroom.sockets import recheck
from chartroom.sources.tail import consumers as watching

TAIL_FILE = r"^/(?P<number>[1-9][0-9]{0,8})/?\Z"
ROOM = r"(?u)^/(?P<room>%s)/?\Z" % ROOM_NAME

# First in a project's routing, because the list is searched in order.
internal = [
    route(submissions.CHANNEL, pipeline.store_submissions),
    route(recheck.CHANNEL, recheck.recheck),
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

# Before a captured namespace in a project's routing, so that a path without a number is refused and not taken for a room.
tail = [
    route("websocket.connect", watching.connect, path=TAIL_FILE),
    route("websocket.receive", watching.receive, path=TAIL_FILE),
    route("websocket.disconnect", watching.disconnect, path=TAIL_FILE),
    route("websocket.connect", watching.refuse),
    route("websocket.receive", watching.ignore),
    route("websocket.disconnect", watching.ignore),
]

# Last in a project's routing: matches every other socket.
lobby = [
    route("websocket.connect", consumers.lobby_connect),
    route("websocket.receive", consumers.plain_receive),
    route("websocket.disconnect", consumers.disconnect),
]
