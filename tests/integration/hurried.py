"""An app that makes times of others shorter, which no setting does: for one who waits for their end."""
from __future__ import unicode_literals

from importlib import import_module

from django.apps import AppConfig


class Hurried(AppConfig):

    name = "tests.integration"
    label = "hurried"

    def ready(self):
        # They import models, which are there only now.
        follower = import_module("chartroom.sources.feeds.follower")
        lease = import_module("chartroom.sources.tail.lease")
        # From half a minute, twenty seconds, and ten.
        follower.FETCH_WITHIN, follower.MAX_SECONDS = 6, 4
        lease.SECONDS, lease.RENEW_EVERY, lease.ASK_EVERY = 4, 1, 0.5
