# coding: utf-8
"""The sending half of a layer: one round trip per message, also for a group, however many members it has."""
from __future__ import unicode_literals

import logging
import time
from collections import defaultdict

from chartroom.transport import entries, scripts

logger = logging.getLogger("chartroom.transport.layers")  # one logger for the whole layer

DAY = 86400  # seconds
MOST_CAPACITIES = 1000  # interface processes whose capacity is cached


def list_lifetime(name, expiry):
    """
    Seconds that a list lives after the last push. Longer than its entries, so that a
    late worker still counts the expired ones; shorter for an interface process, whose
    list nobody reads after its death.
    """
    return 2 * expiry + 60 if "!" in name or "?" in name else DAY


class Sending(object):
    """A mixin of `chartroom.transport.layers.FastLayer`."""

    def __init__(self, **options):
        super(Sending, self).__init__(**options)
        self._capacities = {}  # {list of an interface process: its capacity}

    def send(self, channel, message):
        """Raises ``ChannelFull``; for a process-local channel, when the process's list is full."""
        assert isinstance(message, dict), "message is not a dict"
        assert self.valid_channel_name(channel), "Channel name not valid"
        assert "__asgi_channel__" not in message
        if not self.push(self.non_local_name(channel), [channel], self.serialize(message, None, [channel])):
            raise self.ChannelFull(channel)

    def push(self, name, channels, body, index=None):
        """Pushes one entry for ``channels`` onto the list ``name``; returns 1, or 0 when the list is full."""
        keys, args = self.push_arguments(name, channels, body)
        return self._push(keys=keys, args=args, client=self.connection(self.index_of(name) if index is None else index))

    def push_arguments(self, name, channels, body, forced=False):
        """``(keys, arguments)`` for ``push.lua``; ``forced`` ignores the list's capacity."""
        durable = name in self.durable
        stats = [
            "%s%s:%s" % (self.stats_prefix, counted, stat)
            for stat in (self.STAT_MESSAGES_COUNT, self.STAT_CHANNEL_FULL)
            for counted in (name, self.global_stats_key)
        ]
        return [self.prefix + name, self.in_flight.wake_up_key(name)] + stats, [
            entries.pack(0 if durable else self._expires(), channels, body),
            0 if durable else list_lifetime(name, self.expiry), 0 if forced else self.get_capacity(name),
            self.channel_statistics_expiry, self.global_statistics_expiry,
        ]

    def send_group(self, group, message):
        self.send_all([(group, message)])

    def send_all(self, to_groups, to_channels=()):
        """
        Sends ``[(group, message)]`` and ``[(channel, message)]`` in one round trip per
        server; the first message to an interface process costs one more.

        Returns a list with one bool per channel: False where it is full, for which
        `send` would raise. Messages to one group keep their order, and so do messages
        to one channel; the order of a group's and a channel's is undefined.
        """
        for group, message in to_groups:
            assert isinstance(message, dict), "message is not a dict"
            assert self.valid_group_name(group), "Group name not valid"
        for channel, _ in to_channels:
            assert self.valid_channel_name(channel), "Channel name not valid"
        bodies = [self.serialize(message, group, ()) for group, message in to_groups]
        calls = [self._group_call(group, body) for (group, _), body in zip(to_groups, bodies)]
        calls += [
            self._push_call(self.non_local_name(channel), [channel], self.serialize(message, None, [channel]))
            for channel, message in to_channels]
        answers = self._run(calls)

        refused, rest = 0, []
        for (group, _), body, (full, lists) in zip(to_groups, bodies, answers):
            refused += full
            mark = [entries.group_mark(group)]
            rest += [(names[0], mark + names[1:], body) for names in (line.decode("ascii").split(" ") for line in lists)]
        if rest:
            refused += self._push_rest(rest)
        if refused:
            self._count(self.STAT_CHANNEL_FULL, refused)
            logger.warning("%d group members missed a message because their channel is full: %s", refused, ", ".join(
                sorted({group for group, _ in to_groups})[:10]))
        return [bool(pushed) for pushed in answers[len(to_groups):]]

    def _group_call(self, group, body):
        index = self.consistent_hash(group)
        known = [part for name, capacity in list(self._capacities.items()) if self.consistent_hash(name) == index
                 for part in (name, capacity)]
        return index, self._send_group, [self._group_key(group)], [
            int(time.time()) - self.group_expiry, entries.header(self._expires(), [entries.group_mark(group)]), body,
            list_lifetime("!", self.expiry), self.prefix,
        ] + known

    def _push_call(self, name, channels, body):
        return (self.index_of(name), self._push) + self.push_arguments(name, channels, body)

    def _push_rest(self, pushes):
        """
        Pushes the entries that the group script left: lists on other servers, and lists
        whose capacity it did not get. Returns the number of members whose list is full.
        """
        accepted = self._run([self._push_call(*push) for push in pushes])
        if len(self._capacities) > MOST_CAPACITIES:
            self._capacities.clear()
        self._capacities.update((name, self.get_capacity(name)) for name, _, _ in pushes if name.endswith("!"))
        return sum(len(channels) - 1 for (_, channels, _), was_accepted in zip(pushes, accepted) if not was_accepted)

    def _run(self, calls):
        """Answers to ``[(server, script, keys, arguments)]``, in their order: one round trip per server."""
        by_index = defaultdict(list)
        for position, call in enumerate(calls):
            by_index[call[0]].append(position)
        answers = [None] * len(calls)
        for index, positions in by_index.items():
            results = scripts.run_many([calls[position][1:] for position in positions], self.connection(index))
            for position, answer in zip(positions, results):
                answers[position] = answer
        return answers
