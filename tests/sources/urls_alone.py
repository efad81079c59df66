"""A project with the sources' pages, and without those of the rooms."""
from __future__ import unicode_literals

from django.conf.urls import include, url

urlpatterns = [url(r"^", include("chartroom.sources.urls", namespace="sources"))]
