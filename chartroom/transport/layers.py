# coding: utf-8
"""
Redis channel layers that do not drop messages in silence, and are fast.

They take asgi_redis's options, and keep to the ASGI draft of 2017. What is
different from asgi_redis, each for a fault of it:

- A message stands in its channel's list itself, with the time when it expires:
  one round trip to send, one to receive, and nothing left behind.
- A group's message is one script call, and one entry for each interface process
  whatever the number of its sockets.
- What is refused, expired or can't be read is counted, and told in the log.
- Durable channels: see `chartroom.transport.durable`.
"""
from __future__ import unicode_literals

import logging
import random
import time
from collections import defaultdict, deque

import msgpack
from asgi_redis import RedisChannelLayer as StockRedisLayer
from asgi_redis import RedisSentinelChannelLayer as StockSentinelLayer

from chartroom.transport import entries, options, scripts
from chartroom.transport.dead_letters import DeadLetters
from chartroom.transport.durable import InFlight

logger = logging.getLogger(__name__)

# No channel's name: those are ASCII letters, digits, hyphens, underscores and dots.
BELL = "#bell#"

# Beside asgi_redis's own, in its statistics.
OWN_STATISTICS = ("expired_count", "unreadable_count", "recovered_count", "dead_count")

MANY = 1000  # interface processes whose capacity is remembered


class FastLayer(object):
    """
    What both layers do, over asgi_redis's own connections and sharding.

    Besides asgi_redis's options: ``durable``, names of channels whose entries
    don't expire and are kept until they are dealt with; ``recover_after``,
    seconds after which another worker has what a dead one held;
    ``max_tries``, after which an entry goes to the dead letters.
    Raises ``ValueError`` with an option's name where its value makes no sense.
    """

    STAT_EXPIRED, STAT_UNREADABLE, STAT_RECOVERED, STAT_DEAD = OWN_STATISTICS

    # Stock daphne asks by `receive`, which is one round trip here; its way by
    # txredisapi opens ten connections for each message.
    extensions = ["groups", "flush", "statistics"]

    def __init__(self, durable=(), recover_after=10, max_tries=5, **stock):
        options.check(durable=durable, recover_after=recover_after, max_tries=max_tries, **stock)
        self.durable = frozenset(durable)
        super(FastLayer, self).__init__(**stock)
        self._capacities = {}
        self._expanded = defaultdict(deque)
        self.in_flight = InFlight(self, recover_after, max_tries)
        self.dead_letters = DeadLetters(self)

    def _register_scripts(self):
        super(FastLayer, self)._register_scripts()
        connection = self.connection(None)
        for name in ("push", "send_group", "take", "take_many", "give_back"):
            setattr(self, "_" + name, connection.register_script(scripts.source(name)))

    # Sending

    def send(self, channel, message):
        """Raises ``ChannelFull``; for a process-local channel that means the process's list."""
        assert isinstance(message, dict), "message is not a dict"
        assert self.valid_channel_name(channel), "Channel name not valid"
        assert "__asgi_channel__" not in message
        if not self.push(self.non_local_name(channel), [channel], self.serialize(message)):
            raise self.ChannelFull(channel)

    def push(self, name, channels, body, client=None, index=None):
        """One entry for ``channels`` onto the list ``name``; 1, or 0 where that is full (or a pipeline's promise of it)."""
        if index is None:
            index = self._index_of(name)
        durable = name in self.durable
        stats = [
            "%s%s:%s" % (self.stats_prefix, who, stat)
            for stat in (self.STAT_MESSAGES_COUNT, self.STAT_CHANNEL_FULL)
            for who in (name, self.global_stats_key)
        ]
        return self._push(
            keys=[self.prefix + name, self._bell(name)] + stats,
            args=[
                entries.pack(0 if durable else self._expires(), channels, body),
                0 if durable else self.expiry + 1, self.get_capacity(name),
                self.channel_statistics_expiry, self.global_statistics_expiry,
            ],
            # An empty pipeline is false.
            client=self.connection(index) if client is None else client,
        )

    def send_many(self, messages):
        """
        Sends ``[(channel, message)]``, one round trip a server; returns for each
        whether it was taken. What `send` raises for a full channel is a False here.
        """
        for channel, _ in messages:
            assert self.valid_channel_name(channel), "Channel name not valid"
        return self._push_many([
            (self.non_local_name(channel), [channel], self.serialize(message)) for channel, message in messages])

    def _push_many(self, pushes):
        """``[(name, channels, body)]`` as for `push`, one pipeline a server; returns for each whether it was taken."""
        by_index = defaultdict(list)
        for position, push in enumerate(pushes):
            by_index[self._index_of(push[0])].append((position, push))

        taken = [False] * len(pushes)
        for index, several in by_index.items():
            pipeline = self.connection(index).pipeline(transaction=False)
            for _, (name, channels, body) in several:
                self.push(name, channels, body, pipeline, index)
            for (position, _), pushed in zip(several, pipeline.execute()):
                taken[position] = bool(pushed)
        return taken

    def send_group(self, group, message):
        assert isinstance(message, dict), "message is not a dict"
        assert self.valid_group_name(group), "Group name not valid"
        body = self.serialize(message)
        index = self.consistent_hash(group)
        known = [part for name, capacity in list(self._capacities.items()) if self.consistent_hash(name) == index
                 for part in (name, capacity)]
        refused, rest = self._send_group(
            keys=[self._group_key(group)],
            args=[
                int(time.time()) - self.group_expiry, entries.header(self._expires()), body, self.expiry + 1, self.prefix,
            ] + known,
            client=self.connection(index),
        )
        if rest:
            refused += self._push_rest([line.decode("ascii").split(" ") for line in rest], body)
        if refused:
            self._count(self.STAT_CHANNEL_FULL, refused)
            logger.warning("The group %s: %d of its members did not get a message, their channel is full.", group, refused)

    def _push_rest(self, lists, body):
        """Those on other servers, and those whose capacity the script was not told; returns how many members were refused."""
        taken = self._push_many([(line[0], line[1:], body) for line in lists])

        if len(self._capacities) > MANY:
            self._capacities.clear()
        self._capacities.update((line[0], self.get_capacity(line[0])) for line in lists if line[0].endswith("!"))
        return sum(len(line) - 1 for line, was_taken in zip(lists, taken) if not was_taken)

    # Receiving

    def receive(self, channels, block=False):
        for name in channels:
            if self._expanded.get(name):
                channel, body = self._expanded[name].popleft()
                return channel, self.deserialize(body)
        keys = self._receive_list_names(channels)
        if keys is None:
            return None, None
        names = {index: [key[len(self.prefix):] for key in keys[index]] for index in keys}
        if block:
            self.in_flight.settle()
            self.in_flight.recover()

        deadline = time.time() + self.blpop_timeout
        while True:
            taken = self._take_any(names)
            if taken is None:
                if not block or time.time() >= deadline:
                    return None, None
                taken = self._wait(names)
                if taken is None:
                    continue
            channel, message = self._read(*taken)
            if channel is not None:
                return channel, message

    def receive_waiting(self, channel, most):
        """
        Up to ``most`` messages that wait on a channel for everybody, oldest
        first, without waiting for more: one round trip a server.
        """
        messages = []
        for index in range(self.ring_size):
            if len(messages) >= most:
                break
            durable = channel in self.durable
            keys = [self.prefix + channel]
            args = [most - len(messages)]
            if durable:
                keys += [self._bell(channel), self.in_flight.key(channel)]
                args += self.in_flight.worker_args() + [self.in_flight.known(channel, index)]
            taken = self._take_many(keys=keys, args=args, client=self.connection(index))
            if taken and durable:
                self.in_flight.took(channel, index, len(taken))
            read = (self._read(channel, raw, index) for raw in taken)
            messages.extend(message for _, message in read if message is not None)
        return messages

    def _take_any(self, names_by_index):
        """``(name, raw entry, server)`` of the first that waits, or None: one round trip a server."""
        for index, names in names_by_index.items():
            random.shuffle(names)  # The first ones must not starve the others.
            plain = [self.prefix + name for name in names if name not in self.durable]
            durable = [name for name in names if name in self.durable]
            args = [len(plain), random.randint(0, 1)]
            if durable:
                args += self.in_flight.worker_args() + [self.in_flight.known(name, index) for name in durable]
            taken = self._take(
                keys=plain + [key for name in durable for key in (
                    self.prefix + name, self._bell(name), self.in_flight.key(name))],
                args=args, client=self.connection(index),
            )
            if taken:
                name = taken[0].decode("utf-8")[len(self.prefix):]
                if name in self.durable:
                    self.in_flight.took(name, index)
                return name, taken[1], index
        return None

    def _wait(self, names_by_index):
        """Blocks for an entry, or for the bell of a durable channel (then None): on the one server, or on each in turn."""
        timeout = min(self.blpop_timeout, self.in_flight.longest_wait) if self.durable else self.blpop_timeout
        for index, names in names_by_index.items():
            waited = self.connection(index).blpop([
                self._bell(name) if name in self.durable else self.prefix + name for name in names
            ], timeout=timeout if len(names_by_index) == 1 else 1)
            if waited:
                name = waited[0].decode("utf-8")[len(self.prefix):]
                return None if name.startswith(BELL) else (name, waited[1], index)
        self.in_flight.recover()
        return None

    def _read(self, name, raw, index):
        """``(channel, message)``, or ``(None, None)`` for an entry that can't be used."""
        try:
            entry = entries.unpack(raw)
            if entry.expires and entry.expires < time.time() * 1000:
                self._count(self.STAT_EXPIRED, len(entry.channels), name)
                logger.warning("A message for %s expired before anybody took it.", name)
                return None, None
            message = self.deserialize(entry.body)
        except entries.Unreadable as error:
            self._count(self.STAT_UNREADABLE, 1, name)
            logger.error("Skipped an entry of %s that can't be read: %s", name, error)
            if name in self.durable:
                self.in_flight.bury(name, raw, index)
            return None, None
        # Each member gets a message of its own: consumers may change what they are given.
        self._expanded[name].extend((channel, entry.body) for channel in entry.channels[1:])
        return entry.channels[0], message

    def deserialize(self, message):
        """
        Raises `entries.Unreadable`. The age is the header's business, and a
        durable entry has none: so no time limit for the decryption.
        """
        try:
            if self.crypter:
                message = self.crypter.decrypt(message)
            return msgpack.unpackb(message, encoding="utf8")
        except Exception as error:  # Whatever either raises at foreign bytes.
            raise entries.Unreadable("%s: %s" % (type(error).__name__, error))

    # Statistics

    def _count_channel_stats(self, channel, connections):
        statistics = self._counts(channel, connections)
        statistics.update({self.STAT_MESSAGES_PENDING: 0, self.STAT_MESSAGES_MAX_AGE: 0})
        for connection in connections:
            statistics[self.STAT_MESSAGES_PENDING] += connection.llen(self.prefix + channel)
            oldest = connection.lindex(self.prefix + channel, 0)
            age = self._age(oldest) if oldest else 0
            statistics[self.STAT_MESSAGES_MAX_AGE] = max(statistics[self.STAT_MESSAGES_MAX_AGE], age)
        return statistics

    def _count_global_stats(self, connections):
        return self._counts(self.global_stats_key, connections)

    def _counts(self, who, connections):
        """{statistic: number} of what is counted in Redis, of all servers together."""
        counted = (self.STAT_MESSAGES_COUNT, self.STAT_CHANNEL_FULL) + OWN_STATISTICS
        counts = dict.fromkeys(counted, 0)
        for connection in connections:
            values = connection.mget(["%s%s:%s" % (self.stats_prefix, who, stat) for stat in counted])
            for stat, value in zip(counted, values):
                counts[stat] += int(value or 0)
        return counts

    def _age(self, raw):
        """Seconds that an entry has waited; 0 for one that does not say."""
        try:
            expires = entries.unpack(raw).expires
        except entries.Unreadable:
            return 0
        return max(0, int(time.time() + self.expiry - expires / 1000)) if expires else 0

    # Names and numbers

    def _index_of(self, name):
        if "!" in name or "?" in name:
            return self.consistent_hash(name)
        return next(self._send_index_generator)

    def _bell(self, name):
        return self.prefix + BELL + name

    def _expires(self):
        return int((time.time() + self.expiry) * 1000)

    def _count(self, stat, number, channel=None):
        connection = self.connection(None)
        pipeline = connection.pipeline(transaction=False)
        for who, seconds in ((channel, self.channel_statistics_expiry), (self.global_stats_key, self.global_statistics_expiry)):
            if who is not None:
                key = "%s%s:%s" % (self.stats_prefix, who, stat)
                pipeline.incr(key, number)
                pipeline.expire(key, seconds)
        pipeline.execute()


class RedisChannelLayer(FastLayer, StockRedisLayer):
    """On one Redis, or on several by ``hosts=[…]``."""


class RedisSentinelChannelLayer(FastLayer, StockSentinelLayer):
    """On the masters that Sentinel names."""
