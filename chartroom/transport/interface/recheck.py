"""Sends the open sockets back to the workers, so that those of users who may not stay are closed."""
from __future__ import unicode_literals

import logging
import math

from chartroom.transport import rechecks

logger = logging.getLogger(__name__)

STEP = 1  # second between two steps of a round
AT_ONCE = 200  # sockets in one message


class Recheck(object):
    """
    ``sockets()`` returns the sockets of the process; ``send(channel, message)`` sends to the
    workers; ``every`` is the length of a round, in seconds, and 0 for none. A round is spread
    over its length, so that 10,000 sockets are not one burst.
    """

    def __init__(self, sockets, send, every):
        self.sockets = sockets
        self.send = send
        self.every = every
        self._batches = []
        self._steps_left = 0
        self._has_logged = False

    def step(self):
        """Called every `STEP` seconds."""
        if not self.every:
            return
        if not self._steps_left:
            self._steps_left = self.every
            self._batches = list(_batches(socket for socket in self.sockets() if socket.recheck is not None))
        for _ in range(int(math.ceil(len(self._batches) / float(self._steps_left)))):
            self._send(self._batches.pop())
        self._steps_left -= 1

    def request(self, content):
        """Rechecks, or closes, the sockets with one of the tags in a message of `rechecks.Rechecks.recheck_sockets`."""
        tags, close = set(content.get("tags") or ()), content.get("close")
        found = [socket for socket in self.sockets() if socket.recheck is not None and tags & socket.recheck.tags]
        if close is None:
            for batch in _batches(found):
                self._send(batch)
            return
        if found:
            logger.info("Closing %d sockets with %s, as requested.", len(found), close)
        for socket in found:
            socket.end(close)

    def refused(self, why):
        """The workers did not get a message: its sockets are rechecked in the next round."""
        if not self._has_logged:
            logger.warning("Open sockets could not be rechecked (%s is %s): do workers receive that channel?", rechecks.CHANNEL, why)
        self._has_logged = True

    def _send(self, sockets):
        # Between two steps, some may have closed.
        entries = [[socket.reply_channel, socket.recheck.data] for socket in sockets if socket.recheck is not None]
        if entries:
            self.send(rechecks.CHANNEL, {"sockets": entries})


class Kept(object):
    """What a consumer gave for the recheck of its socket; raises ``TypeError`` or ``KeyError`` if it is not valid."""

    def __init__(self, content):
        self.tags = frozenset(content["tags"])
        self.data = content["data"]


def _batches(sockets):
    sockets = list(sockets)
    for start in range(0, len(sockets), AT_ONCE):
        yield sockets[start:start + AT_ONCE]
