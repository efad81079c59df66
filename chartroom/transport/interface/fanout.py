# coding: utf-8
"""From entries in Redis to bytes on sockets."""
from __future__ import unicode_literals

import logging
import time
from collections import defaultdict, namedtuple
from timeit import default_timer

from chartroom.transport import entries
from chartroom.transport.interface.sockets import Socket

logger = logging.getLogger(__name__)

TURN = 100  # sockets, after which others may have their turn

Recipients = namedtuple("Recipients", "written group channels")


class Pile(object):
    """Frames for one group's sockets, and those for single sockets in between."""

    def __init__(self):
        self.to = None
        self.members = frozenset()
        self.frames = []
        self.alone = {}  # {channel: [(how many of the group's came before, frame)]}

    def takes(self, to):
        return to.group is None or self.to is None or to.written == self.to.written

    def add(self, to, frame):
        if to.group is None:
            self.alone.setdefault(to.channels[0], []).append((len(self.frames), frame))
        else:
            if self.to is None:
                self.to, self.members = to, frozenset(to.channels)
            self.frames.append(frame)

    @property
    def channels(self):
        others = [channel for channel in self.alone if channel not in self.members]
        return others if self.to is None else self.to.channels + others

    def of(self, channel):
        """What one of them is written, in its order."""
        frames, at = [], 0
        is_member = channel in self.members
        for position, frame in self.alone[channel]:
            if is_member:
                frames += self.frames[at:position]
                at = position
            frames.append(frame)
        return b"".join(frames + (self.frames[at:] if is_member else []))


class Fanout(object):
    """
    ``factory`` knows the sockets; ``forget(group, channels)`` is told of those
    that a group still has and nobody here knows; ``counts`` is counted up.

    Consecutive messages to the same group are one write to each of its sockets,
    with what is for one of them alone in its place between them: the more has
    piled up, the less a message costs.
    """

    def __init__(self, layer, factory, forget, counts):
        self.layer = layer
        self.factory = factory
        self.forget = forget
        self.counts = counts
        self.spent = 0.0  # seconds in writes, of the last delivery
        self._has_told = False
        self._last = Recipients(None, None, ())  # a room's messages go to the same sockets again and again

    def deliver(self, raws):
        """
        Delivers entries, each socket's in their order. A generator: between two
        steps of it the reactor may serve others.
        """
        self.spent = 0.0
        unknown = defaultdict(set)
        pile = Pile()
        for raw in raws:
            read = self._read(raw)
            if read is None:
                continue
            to, message = read
            frame = self._frame(message) if self._takes_frames(to) else None
            if frame is None or not pile.takes(to):
                for _ in self._write(pile, unknown):
                    yield
                pile = Pile()
            if frame is None:
                for _ in self._dispatch(to, message, unknown):
                    yield
            else:
                pile.add(to, frame)
        for _ in self._write(pile, unknown):
            yield
        for group, channels in unknown.items():
            self.forget(group, channels)

    def _read(self, raw):
        """``(Recipients, message)``, or None for an entry that can't be used."""
        try:
            expires, _, written, body = entries.split(raw)
            if expires and expires < time.time() * 1000:
                self.counts[self.layer.STAT_EXPIRED] += 1
                return None
            to = self._last
            if written != to.written:
                to = Recipients(written, *entries.recipients(written))
                if to.group is not None:
                    self._last = to
            return to, self.layer.deserialize(body)
        except entries.Unreadable as error:
            if not self._has_told:
                logger.error("Skipped an entry that can't be read, and counts the next ones: %s", error)
            self._has_told = True
            self.counts[self.layer.STAT_UNREADABLE] += 1
            return None

    def _frame(self, message):
        try:
            return self.factory.frame(message)
        except Exception as error:  # whatever a consumer may have put there
            logger.error("No text and no bytes to send: %s", error)
            return None

    def _takes_frames(self, to):
        """Any group does. What is for one alone may accept a socket that is not open yet, or be no socket's at all."""
        if to.group is not None:
            return True
        socket = self.factory.reply_protocols.get(to.channels[0])
        return socket.__class__ is Socket and socket.state == Socket.STATE_OPEN

    def _write(self, pile, unknown):
        protocols, now = self.factory.reply_protocols, time.time()
        began = default_timer()
        everybodys = b"".join(pile.frames)
        for number, channel in enumerate(pile.channels, 1):
            socket = protocols.get(channel)
            if socket.__class__ is Socket:
                socket.last_data = now
                socket.write_frame(pile.of(channel) if channel in pile.alone else everybodys)
            elif socket is None and channel in pile.members:
                unknown[pile.to.group].add(channel)
            if number % TURN == 0:
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
                # What is for everybody may end it, and not accept it.
                if message.get("close"):
                    socket.serverReject()
            else:
                try:
                    self.factory.dispatch_reply(channel, message)
                except Exception as error:  # whatever a consumer may have put there
                    failed = error
            if number % TURN == 0:
                yield
        if failed is not None:
            logger.error("A reply could not be sent: %s", failed)
        yield
