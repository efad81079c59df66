"""Where programs deliver: ``/hooks/<token>/``."""
from __future__ import unicode_literals

from django.conf.urls import url

from chartroom.sources.webhooks import redaction, views

# From here on there are addresses that are secrets.
redaction.watch_logs()

urlpatterns = [
    url(r"^hooks/(?P<token>[A-Za-z0-9_-]+)/$", views.deliver, name="hook"),
    # An address with its end cut off, or something behind it, holds a token too: nobody else shall log it.
    url(r"^hooks/(?P<token>[\s\S]*)$", views.deliver),
]
