"""
URLs of the sources' pages, included beside those of the rooms:
``url(r"^", include("chartroom.sources.urls", namespace="sources"))``.
"""
from __future__ import unicode_literals

from django.conf.urls import url

from chartroom.models import ROOM_NAME
from chartroom.sources import stream
from chartroom.sources.tail.urls import urlpatterns as tail
from chartroom.sources.timers.urls import urlpatterns as timers
from chartroom.sources.webhooks.urls import urlpatterns as webhooks

urlpatterns = webhooks + tail + timers + [
    url(r"^(?P<namespace>blog|deploy)/(?P<name>%s)/$" % ROOM_NAME, stream.page, name="stream"),
]
