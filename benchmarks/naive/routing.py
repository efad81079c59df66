from __future__ import unicode_literals

from channels.routing import route

from benchmarks.naive import consumers

channel_routing = [
    route(consumers.CHANNEL, consumers.store),
    route("websocket.connect", consumers.connect),
    route("websocket.receive", consumers.echo),
    route("websocket.disconnect", consumers.disconnect),
]
