"""Follows one feed: polls it, publishes what is new, and keeps going after failures."""
from __future__ import unicode_literals

import hashlib
import logging
import threading

from django.db import Error, close_old_connections, connections

from chartroom.conf import conf
from chartroom.sources.feeds.address import display_url
from chartroom.sources.feeds.deadline import Deadline
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.fetch import fetch
from chartroom.sources.feeds.plain_text import one_line
from chartroom.sources.feeds.publishing import open_feed, publish_entries
from chartroom.sources.feeds.reader import MAX_SECONDS, read

logger = logging.getLogger("chartroom.sources.feeds")

FETCH_WITHIN = 30    # seconds, redirects included
LONGEST_PAUSE = 600  # seconds between failing polls, unless ``every`` or the server's Retry-After is longer


class Follower(object):
    """
    ``stop``, called from another thread, makes `run` return at once, unless it is
    resolving a host name or in a transaction.

    ``every``: seconds between polls.
    """

    def __init__(self, url, room, every, namespace):
        self.url = url
        self.room = room
        self.every = every
        self.namespace = namespace
        self.failures = 0
        self._published = None  # the feed's primary key and the hash of its last published body
        self._deadline = None
        self._stopping = threading.Event()

    def __str__(self):
        return "%s for %s/%s" % (display_url(self.url), self.namespace, self.room)

    def stop(self):
        self._stopping.set()
        deadline = self._deadline
        if deadline is not None:
            deadline.end()

    def run(self):
        logger.info("Following %s every %d s.", self, self.every)
        while not self._stopping.is_set():
            close_old_connections()
            pause = self.poll()
            close_old_connections()
            self._stopping.wait(pause)
        connections.close_all()

    def poll(self):
        """Fetch the feed once and publish what is new; return the seconds until the next poll."""
        try:
            count = self._poll()
        except FeedError as error:
            return self._failed("%s %s" % (self, error.detail), error.retry_after)
        except Error as error:
            # A connection that lost its server stays broken.
            connections.close_all()
            return self._failed("%s can't be stored (%s)" % (self, one_line(error, 200)))
        except Exception:
            logger.exception("%s: internal error.", self)
            return self._failed("%s was not published" % self)

        if self.failures:
            logger.info("%s is back.", self)
        self.failures = 0
        if count:
            logger.info("Published %d entries of %s.", count, self)
        return self.every

    def _failed(self, what, retry_after=None):
        if self._stopping.is_set():
            return 0
        self.failures += 1
        pause = max(self.every, min(self.every * 2 ** self.failures, LONGEST_PAUSE), retry_after or 0)
        logger.warning("%s: the next poll is in %d s.", what, pause)
        return pause

    def _poll(self):
        feed = open_feed(self.url, self.namespace, self.room)
        with self._deadline_of(FETCH_WITHIN) as deadline:
            answer = fetch(self.url, feed.etag, feed.modified, conf.FEED_ALLOW_PRIVATE, deadline)
        if answer is None:
            return 0
        # Many servers ignore conditional requests and send the whole document each time.
        version = (feed.pk, hashlib.sha256(answer.body).digest())
        if version == self._published:
            return 0

        with self._deadline_of(MAX_SECONDS) as deadline:
            document = read(answer, deadline)
        count = publish_entries(feed, document, answer)
        if count is None:
            return 0
        self._published = version
        if document["left_out"]:
            logger.warning("%s has %d entries more than are read.", self, document["left_out"])
        return count

    def _deadline_of(self, seconds):
        self._deadline = Deadline(seconds)
        if self._stopping.is_set():
            self._deadline.end()
        return self._deadline
