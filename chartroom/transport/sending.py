# coding: utf-8
"""The sending half of the layers: one round trip a message, and one for a group's, whatever the number of its members."""
from __future__ import unicode_literals

import logging
import time
from collections import defaultdict

from chartroom.transport import entries, scripts

logger = logging.getLogger("chartroom.transport.layers")  # one logger for the whole layer

DAY = 86400
MANY = 1000  # interface processes whose capacity is remembered


def lifetime(name, expiry):
    """
    Seconds that a list lives after the last push. Longer than its entries, so that
    who takes them later counts what has expired; nobody comes for a dead process's.
    """
    return 2 * expiry + 60 if "!" in name or "?" in name else DAY


class Sending(object):

    def __init__(self, **options):
        super(Sending, self).__init__(**options)
        self._capacities = {}

    def send(self, channel, message):
        """Raises ``ChannelFull``; for a process-local channel that means the process's list."""
        assert isinstance(message, dict), "message is not a dict"
        assert self.valid_channel_name(channel), "Channel name not valid"
        assert "__asgi_channel__" not in message
        if not self.push(self.non_local_name(channel), [channel], self.serialize(message)):
            raise self.ChannelFull(channel)

    def push(self, name, channels, body, index=None):
        """One entry for ``channels`` onto the list ``name``; 1, or 0 where that is full."""
        keys, args = self.push_arguments(name, channels, body)
        return self._push(keys=keys, args=args, client=self.connection(self.index_of(name) if index is None else index))

    def push_arguments(self, name, channels, body, forced=False):
        """``(keys, arguments)`` of ``push.lua``; ``forced``: onto a full list too."""
        durable = name in self.durable
        stats = [
            "%s%s:%s" % (self.stats_prefix, who, stat)
            for stat in (self.STAT_MESSAGES_COUNT, self.STAT_CHANNEL_FULL)
            for who in (name, self.global_stats_key)
        ]
        return [self.prefix + name, self._bell(name)] + stats, [
            entries.pack(0 if durable else self._expires(), channels, body),
            0 if durable else lifetime(name, self.expiry), 0 if forced else self.get_capacity(name),
            self.channel_statistics_expiry, self.global_statistics_expiry,
        ]

    def send_group(self, group, message):
        self.send_all([(group, message)])

    def send_all(self, to_groups, to_channels=()):
        """
        Sends ``[(group, message)]`` and ``[(channel, message)]``: one round trip a
        server, but for the first message to an interface process that this one has
        not met. Returns for each of the channels whether the message was taken: what
        `send` raises for a full channel is a False here. A group's messages keep
        their order, and so do a channel's; what comes first of the two is not said.
        """
        for group, message in to_groups:
            assert isinstance(message, dict), "message is not a dict"
            assert self.valid_group_name(group), "Group name not valid"
        for channel, _ in to_channels:
            assert self.valid_channel_name(channel), "Channel name not valid"
        bodies = [self.serialize(message) for _, message in to_groups]
        calls = [self._group_call(group, body) for (group, _), body in zip(to_groups, bodies)]
        calls += [
            self._push_call(self.non_local_name(channel), [channel], self.serialize(message))
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
            logger.warning("%d members of groups did not get a message, their channel is full: %s", refused, ", ".join(
                sorted({group for group, _ in to_groups})[:10]))
        return [bool(pushed) for pushed in answers[len(to_groups):]]

    def _group_call(self, group, body):
        index = self.consistent_hash(group)
        known = [part for name, capacity in list(self._capacities.items()) if self.consistent_hash(name) == index
                 for part in (name, capacity)]
        return index, self._send_group, [self._group_key(group)], [
            int(time.time()) - self.group_expiry, entries.header(self._expires(), [entries.group_mark(group)]), body,
            lifetime("!", self.expiry), self.prefix,
        ] + known

    def _push_call(self, name, channels, body):
        return (self.index_of(name), self._push) + self.push_arguments(name, channels, body)

    def _push_rest(self, pushes):
        """Those on other servers, and those whose capacity the script was not told; returns how many members were refused."""
        taken = self._run([self._push_call(*push) for push in pushes])
        if len(self._capacities) > MANY:
            self._capacities.clear()
        self._capacities.update((name, self.get_capacity(name)) for name, _, _ in pushes if name.endswith("!"))
        return sum(len(channels) - 1 for (_, channels, _), was_taken in zip(pushes, taken) if not was_taken)

    def _run(self, calls):
        """Answers to ``[(server, script, keys, arguments)]``, in their order: one round trip a server."""
        by_index = defaultdict(list)
        for position, call in enumerate(calls):
            by_index[call[0]].append(position)
        answers = [None] * len(calls)
        for index, positions in by_index.items():
            ran = scripts.run_many([calls[position][1:] for position in positions], self.connection(index))
            for position, answer in zip(positions, ran):
                answers[position] = answer
        return answers
