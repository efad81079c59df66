# coding: utf-8
"""Delivery of entries from Redis to sockets."""
from __future__ import unicode_literals

import logging
import time
from collections import defaultdict, namedtuple
from timeit import default_timer

from monotonic import monotonic

from chartroom.transport import entries, rechecks, reports
from chartroom.transport.interface.sockets import Socket

logger = logging.getLogger(__name__)

WRITES_PER_STEP = 100  # sockets; then the reactor may serve others

# ``raw``: the recipients' part of the entry's header.
Recipients = namedtuple("Recipients", "raw group channels")


class Batch(object):
    """Consecutive frames for one group, and the frames for single sockets between them."""

    def __init__(self):
        self.to = None
        self.members = frozenset()
        self.frames = []
        self.single = {}  # {channel: [(number of the group's frames before it, frame)]}

    def accepts(self, to):
        return to.group is None or self.to is None or to.raw == self.to.raw

    def add(self, to, frame):
        if to.group is None:
            self.single.setdefault(to.channels[0], []).append((len(self.frames), frame))
        else:
            if self.to is None:
                self.to, self.members = to, frozenset(to.channels)
            self.frames.append(frame)

    @property
    def channels(self):
        others = [channel for channel in self.single if channel not in self.members]
        return others if self.to is None else self.to.channels + others

    def bytes_for(self, channel):
        """All frames of one of the single sockets, in their order."""
        frames, at = [], 0
        is_member = channel in self.members
        for position, frame in self.single[channel]:
            if is_member:
                frames += self.frames[at:position]
                at = position
            frames.append(frame)
        return b"".join(frames + (self.frames[at:] if is_member else []))


class Fanout(object):
    """
    Writes the entries of ``layer`` to the sockets of ``factory``. Calls ``forget(group,
    channels)`` for members of a group that have no socket here, adds to the counter
    ``counts``, and calls ``recheck(content)`` for a request of `chartroom.transport.rechecks`.

    Consecutive messages to the same group are one write to each of its sockets, with
    messages to single sockets at their place between them: the longer the backlog,
    the less each message costs.
    """

    def __init__(self, layer, factory, forget, counts, recheck=None):
        self.layer = layer
        self.factory = factory
        self.forget = forget
        self.counts = counts
        self.recheck = recheck
        self.spent = 0.0  # seconds that the last delivery took for its writes
        self._has_logged = False
        self._last = Recipients(None, None, ())  # successive messages often have the same recipients

    def deliver(self, raws):
        """
        Delivers entries, in order for each socket. A generator, so that the reactor can
        serve others between two steps.
        """
        self.spent = 0.0
        unknown = defaultdict(set)
        batch = Batch()
        for raw in raws:
            read = self._read(raw)
            if read is None:
                continue
            to, message = read
            frame = self._frame(message) if self._can_get_frames(to) else None
            if frame is None or not batch.accepts(to):
                for _ in self._write(batch, unknown):
                    yield
                batch = Batch()
            if frame is None:
                for _ in self._dispatch(to, message, unknown):
                    yield
            else:
                batch.add(to, frame)
        for _ in self._write(batch, unknown):
            yield
        for group, channels in unknown.items():
            self.forget(group, channels)

    def _read(self, raw):
        """``(Recipients, message)``, or None for an expired or unreadable entry."""
        try:
            expires, _, recipients, body = entries.split(raw)
            if expires and expires < time.time() * 1000:
                self.counts[self.layer.STAT_EXPIRED] += 1
                return None
            to = self._last
            if recipients != to.raw:
                to = Recipients(recipients, *entries.recipients(recipients))
                if to.group is not None:
                    self._last = to
            message = self.layer.deserialize(body, to.group, to.channels)
            if to.group is None and reports.is_report(to.channels[0]):
                self.factory.dealt_with(reports.read(message))
                return None
            if to.group is None and rechecks.is_request(to.channels[0]):
                self.recheck(rechecks.read_request(message))
                return None
            return to, message
        except entries.Unreadable as error:
            if not self._has_logged:
                logger.error("Skipped an entry that can't be read; further ones are only counted: %s", error)
            self._has_logged = True
            self.counts[self.layer.STAT_UNREADABLE] += 1
            return None

    def _frame(self, message):
        try:
            return self.factory.frame(message)
        except Exception as error:  # A consumer may have sent anything.
            logger.error("A reply has no usable text or bytes: %s", error)
            return None

    def _can_get_frames(self, to):
        """True for a group, and for a single socket that is open: a reply may also accept one, or answer a request."""
        if to.group is not None:
            return True
        socket = self.factory.reply_protocols.get(to.channels[0])
        return socket.__class__ is Socket and socket.state == Socket.STATE_OPEN

    def _write(self, batch, unknown):
        protocols, now = self.factory.reply_protocols, monotonic()
        began = default_timer()
        group_bytes = b"".join(batch.frames)
        for number, channel in enumerate(batch.channels, 1):
            socket = protocols.get(channel)
            if socket.__class__ is Socket:
                socket.last_data = now
                socket.write_frame(batch.bytes_for(channel) if channel in batch.single else group_bytes)
            elif socket is None and channel in batch.members:
                unknown[batch.to.group].add(channel)
            if number % WRITES_PER_STEP == 0:
                self.spent += default_timer() - began
                yield
                began = default_timer()
        self.spent += default_timer() - began

    def _dispatch(self, to, message, unknown):
        failed = None
        for number, channel in enumerate(to.channels, 1):
            socket = self.factory.reply_protocols.get(channel)
            if to.group is not None and socket is None:
                unknown[to.group].add(channel)
            elif to.group is not None and socket.__class__ is Socket and socket.state == Socket.STATE_CONNECTING:
                # A message to the group may close a socket that is not accepted yet, but must not accept it.
                if message.get("close"):
                    socket.serverReject()
            else:
                try:
                    self.factory.dispatch_reply(channel, message)
                except Exception as error:  # A consumer may have sent anything.
                    failed = error
            if number % WRITES_PER_STEP == 0:
                yield
        if failed is not None:
            logger.error("A reply could not be sent: %s", failed)
        yield
