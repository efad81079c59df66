"""An app that shortens fixed times of other apps, so that tests need not wait for them."""
from __future__ import unicode_literals

from importlib import import_module

from django.apps import AppConfig


class Hurried(AppConfig):

    name = "tests.integration"
    label = "hurried"

    def ready(self):
        # Imported here, because these modules import models.
        follower = import_module("chartroom.sources.feeds.follower")
        lease = import_module("chartroom.sources.tail.lease")
        # Instead of half a minute, twenty seconds, and ten.
        follower.FETCH_WITHIN, follower.MAX_SECONDS = 6, 4
        lease.SECONDS, lease.RENEW_EVERY, lease.ASK_EVERY = 4, 1, 0.5
