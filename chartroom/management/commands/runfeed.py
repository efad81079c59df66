"""``runfeed``: polls feeds, and publishes their entries in rooms, until SIGTERM or Ctrl-C."""
from __future__ import unicode_literals

import logging
import os
import signal
import threading
import time

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils.encoding import force_text
from monotonic import monotonic

from chartroom.conf import conf, one_feed
from chartroom.errors import FrameError
from chartroom.management.logs import ensure_handler
from chartroom.rooms.store import check_name
from chartroom.sources.feeds.follower import Follower
from chartroom.transport import hangup

PATIENCE = 3  # seconds for the threads to finish after a signal
LOGGER = "chartroom.sources.feeds"


class Command(BaseCommand):

    help = "Polls a feed, or those of CHARTROOM_FEEDS, and publishes their entries in rooms, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser):
        parser.add_argument("url", nargs="?", help="http:// or https://; without it, the feeds of CHARTROOM_FEEDS")
        parser.add_argument("--room", help="the name of the room")
        parser.add_argument("--every", type=int, help="seconds between requests, 5 by default")
        parser.add_argument("--namespace", help="the namespace of the room, blog by default")

    def handle(self, *args, **options):
        ensure_handler(LOGGER, options.get("verbosity", 1))
        followers = [Follower(**feed) for feed in self._feeds(options)]

        self.is_ending = False
        hangup.install()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        threads = [threading.Thread(target=follower.run) for follower in followers]
        for thread in threads:
            # A DNS lookup can't be interrupted, and must not delay the exit.
            thread.daemon = True
            thread.start()
        while not self.is_ending:
            time.sleep(0.2)

        for follower in followers:
            follower.stop()
        deadline = monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0, deadline - monotonic()))
        if any(thread.is_alive() for thread in threads):
            # Loses nothing, as even a SIGKILL would not. On a normal exit, Python 2.7 would print tracebacks of the threads.
            logging.shutdown()
            os._exit(0)

    def _end(self, number, frame):
        self.is_ending = True

    def _feeds(self, options):
        given = {
            name: force_text(options[name]) if name != "every" else options[name]
            for name in ("url", "room", "every", "namespace") if options[name] is not None
        }
        try:
            feeds = [one_feed(given)] if given else conf.FEEDS
            for feed in feeds:
                check_name(feed["namespace"], feed["room"])
        except FrameError as error:
            raise CommandError(error.detail)
        except ImproperlyConfigured as error:
            raise CommandError(force_text(error))
        except ValueError as error:
            raise CommandError("The feed %s." % error)
        if not feeds:
            raise CommandError("There is no feed to follow: pass the URL of one, or set CHARTROOM_FEEDS.")
        return feeds
