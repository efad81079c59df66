from __future__ import unicode_literals

from channels.routing import route

from benchmarks.naive import consumers

ROOM = r"^/room/(?P<room>\w+)/$"

channel_routing = [
    route(consumers.CHANNEL, consumers.store),
    route("websocket.connect", consumers.join, path=ROOM),
    route("websocket.receive", consumers.receive, path=ROOM),
    route("websocket.disconnect", consumers.leave, path=ROOM),
    route("websocket.connect", consumers.connect),
    route("websocket.receive", consumers.echo),
    route("websocket.disconnect", consumers.disconnect),
]
