"""URLs of the pages, to include: ``url(r"^chat/", include("chartroom.urls", namespace="chartroom"))``."""
from __future__ import unicode_literals

from django.conf.urls import url

from chartroom.models import ROOM_NAME
from chartroom.pages import views

urlpatterns = [
    url(r"^$", views.room_list, name="rooms"),
    url(r"^(?P<name>%s)/$" % ROOM_NAME, views.room, name="room"),
    url(r"^(?P<name>%s)/messages/$" % ROOM_NAME, views.messages, name="messages"),
]
