"""The channel routing of the example project, which includes the app's routes."""
from __future__ import unicode_literals

from channels.routing import include

from chartroom.models import NAMESPACE

channel_routing = [
    include("chartroom.routing.internal"),
    include("chartroom.routing.rooms", path=r"^/chat(?=/)"),
    include("chartroom.routing.plain_rooms", path=r"^/plain(?=/)"),
    include("chartroom.routing.tail", path=r"^/tail(?=/)"),
    include("chartroom.routing.rooms", path=r"(?u)^/(?P<namespace>%s)(?=/)" % NAMESPACE),
    include("chartroom.routing.lobby"),
]
