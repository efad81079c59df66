"""URLs of a project that includes the pages of the rooms, but not those of the sources."""
from __future__ import unicode_literals

from django.conf.urls import include, url

urlpatterns = [url(r"^chat/", include("chartroom.urls", namespace="chartroom"))]
