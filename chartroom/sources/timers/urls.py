"""Messages for later: ``/chat/<room>/later/``, below the room's own page."""
from __future__ import unicode_literals

from django.conf.urls import url

from chartroom.models import ROOM_NAME
from chartroom.sources.timers import views

urlpatterns = [
    url(r"^chat/(?P<name>%s)/later/$" % ROOM_NAME, views.later, name="later"),
    # An id may contain any character, including a slash; those beyond U+FFFF count twice on a narrow Python 2.7.
    url(r"^chat/(?P<name>%s)/later/(?P<id>[\s\S]{1,128})/cancel/$" % ROOM_NAME, views.cancel, name="cancel_later"),
]
