# coding: utf-8
"""The receiving half of a layer: one round trip for one message, or for all that are waiting."""
from __future__ import unicode_literals

import logging
import random
import time
from collections import defaultdict, deque

from monotonic import monotonic

from chartroom.transport import entries, shapes
from chartroom.transport.durable import WAKE_UP
from chartroom.transport.reports import Reports

logger = logging.getLogger("chartroom.transport.layers")  # one logger for the whole layer


class Receiving(object):
    """A mixin of `chartroom.transport.layers.FastLayer`."""

    def __init__(self, **options):
        super(Receiving, self).__init__(**options)
        self._expanded = defaultdict(deque)  # {list: (channel, group, body) of a group's entry that are still to be returned}
        self._reported = set()  # lists for which an unreadable entry has been logged
        self.reports = Reports(self)

    def receive(self, channels, block=False):
        self.reports.dealt_with()
        channel, message = self._receive(channels, block)
        if channel is not None:
            self.reports.received(channel, message)
        return channel, message

    def _receive(self, channels, block):
        for name in channels:
            if self._expanded.get(name):
                channel, group, body = self._expanded[name].popleft()
                return channel, self.deserialize(body, group, [channel])
        keys = self._receive_list_names(channels)
        if keys is None:
            return None, None
        names = {index: [key[len(self.prefix):] for key in keys[index]] for index in keys}
        if block:
            self.in_flight.settle()
            self.in_flight.recover()
            self.interfaces.forget_dead()

        deadline = monotonic() + self.blpop_timeout
        while True:
            taken = self._take_any(names)
            if taken is None:
                if not block or monotonic() >= deadline:
                    return None, None
                taken = self._wait(names)
                if taken is None:
                    continue
            channel, message = self._read(*taken)
            if channel is not None:
                return channel, message

    def receive_waiting(self, channel, most):
        """
        Returns up to ``most`` messages that already wait on a channel, oldest first;
        not for process-local channels. Never blocks; one round trip per server.
        """
        messages = []
        for index in range(self.ring_size):
            if len(messages) >= most:
                break
            durable = channel in self.durable
            keys = [self.prefix + channel]
            args = [most - len(messages)]
            if durable:
                keys += [self.in_flight.wake_up_key(channel), self.in_flight.key(channel)]
                args += self.in_flight.worker_args() + [self.in_flight.known_count(channel, index)]
            taken = self._take_many(keys=keys, args=args, client=self.connection(index))
            if taken and durable:
                self.in_flight.add(channel, index, len(taken))
            read = (self._read(channel, raw, index) for raw in taken)
            messages.extend(message for _, message in read if message is not None)
        return messages

    def _take_any(self, names_by_index):
        """``(name, raw entry, server)`` of the first waiting entry, or None: one round trip per server."""
        for index, names in names_by_index.items():
            random.shuffle(names)  # The first ones must not starve the others.
            plain = [self.prefix + name for name in names if name not in self.durable]
            durable = [name for name in names if name in self.durable]
            args = [len(plain), random.randint(0, 1)]
            if durable:
                args += self.in_flight.worker_args() + [self.in_flight.known_count(name, index) for name in durable]
            keys = plain + [key for name in durable for key in (
                self.prefix + name, self.in_flight.wake_up_key(name), self.in_flight.key(name))]
            # Reports to interface processes of the same server cost no round trip of their own.
            taken = self._run(self.reports.calls() + [(index, self._take, keys, args)])[-1]
            if taken:
                name = taken[0].decode("utf-8")[len(self.prefix):]
                if name in self.durable:
                    self.in_flight.add(name, index)
                return name, taken[1], index
        return None

    def send_reports(self):
        """For a worker that asks for no further message."""
        self.reports.dealt_with()
        self._run(self.reports.calls())

    def _wait(self, names_by_index):
        """
        Blocks until an entry comes, or the wake-up of a durable channel: then returns None,
        for the caller to take the entry. With several servers, one second on each in turn.
        """
        timeout = min(self.blpop_timeout, self.in_flight.recovery_interval) if self.durable else self.blpop_timeout
        for index, names in names_by_index.items():
            waited = self.connection(index).blpop([
                self.in_flight.wake_up_key(name) if name in self.durable else self.prefix + name for name in names
            ], timeout=timeout if len(names_by_index) == 1 else 1)
            if waited:
                name = waited[0].decode("utf-8")[len(self.prefix):]
                return None if name.startswith(WAKE_UP) else (name, waited[1], index)
        self.in_flight.recover()
        return None

    def _read(self, name, raw, index):
        """``(channel, message)``, or ``(None, None)`` for an expired or unreadable entry."""
        try:
            entry = entries.unpack(raw)
            if entry.expires and entry.expires < time.time() * 1000:
                self._count(self.STAT_EXPIRED, len(entry.channels), name)
                logger.warning("A message for %s expired before it was received.", name)
                return None, None
            message = self.deserialize(entry.body, entry.group, entry.channels)
            if self.crypter and self.non_local_name(entry.channels[0]) != name:
                raise entries.Unreadable("it was sealed for another channel's list")
            for channel in entry.channels:
                shapes.check(channel, message)
        except entries.Unreadable as error:
            self._count(self.STAT_UNREADABLE, 1, name)
            if name not in self._reported:
                logger.error("Skipped an entry of %s that can't be read; further ones are only counted: %s", name, error)
            self._reported.add(name)
            if name in self.durable:
                self.in_flight.add_dead_letter(name, raw, index)
            return None, None
        # Each member gets a message of its own, since consumers may modify theirs.
        self._expanded[name].extend((channel, entry.group, entry.body) for channel in entry.channels[1:])
        return entry.channels[0], message
