"""Follows one feed: reads it again and again, and tells of what is new, whatever goes wrong between."""
from __future__ import unicode_literals

import hashlib
import logging
import threading

from django.db import Error, close_old_connections, connections

from chartroom.conf import conf
from chartroom.sources.feeds.address import shown
from chartroom.sources.feeds.deadline import Deadline
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.fetch import fetch
from chartroom.sources.feeds.plain_text import one_line
from chartroom.sources.feeds.publishing import open_feed, tell
from chartroom.sources.feeds.reader import MAX_SECONDS, read

logger = logging.getLogger("chartroom.sources.feeds")

FETCH_WITHIN = 30    # seconds
LONGEST_PAUSE = 600  # unless the feed is not read as often anyway, or its server asks for more


class Follower(object):
    """
    ``run`` returns after ``stop``, from another thread, at once but for a name
    that is being looked up or a transaction that is being stored.
    """

    def __init__(self, url, room, every, namespace):
        self.url = url
        self.room = room
        self.every = every
        self.namespace = namespace
        self.failures = 0
        self._told = None
        self._deadline = None
        self._stopping = threading.Event()

    def __str__(self):
        return "%s for %s/%s" % (shown(self.url), self.namespace, self.room)

    def stop(self):
        self._stopping.set()
        deadline = self._deadline
        if deadline is not None:
            deadline.end()

    def run(self):
        logger.info("Following %s every %d s.", self, self.every)
        while not self._stopping.is_set():
            close_old_connections()
            pause = self.look()
            close_old_connections()
            self._stopping.wait(pause)
        connections.close_all()

    def look(self):
        """One look at the feed; returns the seconds until the next."""
        try:
            count = self._look()
        except FeedError as error:
            return self._failed("%s %s" % (self, error.detail), error.retry_after)
        except Error as error:
            # A connection whose server went away stays broken.
            connections.close_all()
            return self._failed("%s can't be stored (%s)" % (self, one_line(error, 200)))
        except Exception:
            logger.exception("%s: an error of chartroom's own.", self)
            return self._failed("%s was not told" % self)

        if self.failures:
            logger.info("%s is back.", self)
        self.failures = 0
        if count:
            logger.info("Told %d entries of %s.", count, self)
        return self.every

    def _failed(self, what, retry_after=None):
        if self._stopping.is_set():
            return 0
        self.failures += 1
        pause = max(self.every, min(self.every * 2 ** self.failures, LONGEST_PAUSE), retry_after or 0)
        logger.warning("%s: the next look is in %d s.", what, pause)
        return pause

    def _look(self):
        feed = open_feed(self.url, self.namespace, self.room)
        with self._deadline_of(FETCH_WITHIN) as deadline:
            answer = fetch(self.url, feed.etag, feed.modified, conf.FEED_ALLOW_PRIVATE, deadline)
        if answer is None:
            return 0
        # Many servers send all of it each time.
        version = (feed.pk, hashlib.sha256(answer.body).digest())
        if version == self._told:
            return 0

        with self._deadline_of(MAX_SECONDS) as deadline:
            document = read(answer, deadline)
        count = tell(feed, document, answer)
        if count is None:
            return 0
        self._told = version
        if document["left_out"]:
            logger.warning("%s has %d entries more than are looked at.", self, document["left_out"])
        return count

    def _deadline_of(self, seconds):
        self._deadline = Deadline(seconds)
        if self._stopping.is_set():
            self._deadline.end()
        return self._deadline
