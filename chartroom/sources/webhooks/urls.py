"""The URL for deliveries, ``/hooks/<token>/``."""
from __future__ import unicode_literals

from django.conf.urls import url

from chartroom.sources.webhooks import redaction, views

# The URLs below contain secrets.
redaction.watch_logs()

urlpatterns = [
    url(r"^hooks/(?P<token>[A-Za-z0-9_-]+)/$", views.deliver, name="hook"),
    # A truncated or extended URL may contain a token as well, and must not be logged by another view.
    url(r"^hooks/(?P<token>[\s\S]*)$", views.deliver),
]
