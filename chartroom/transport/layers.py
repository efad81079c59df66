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

from asgi_redis import RedisChannelLayer as StockRedisLayer
from asgi_redis import RedisSentinelChannelLayer as StockSentinelLayer

from chartroom.transport import entries, interfaces, options, packing, scripts
from chartroom.transport.dead_letters import DeadLetters
from chartroom.transport.durable import InFlight
from chartroom.transport.statistics import Statistics

logger = logging.getLogger(__name__)

# No channel's name: those are ASCII letters, digits, hyphens, underscores and dots.
BELL = "#bell#"

DAY = 86400
MANY = 1000  # interface processes whose capacity is remembered


def lifetime(name, expiry):
    """
    Seconds that a list lives after the last push. Longer than its entries, so that
    who takes them later counts what has expired; nobody comes for a dead process's.
    """
    return 2 * expiry + 60 if "!" in name or "?" in name else DAY


class FastLayer(Statistics):
    """
    What both layers do, over asgi_redis's own connections and sharding.

    Besides asgi_redis's options: ``durable``, names of channels whose entries
    don't expire and are kept until they are dealt with; ``recover_after``,
    seconds after which another worker has what a dead one held;
    ``max_tries``, after which an entry goes to the dead letters.
    Raises ``ValueError`` with an option's name where its value makes no sense.
    """

    # Stock daphne asks by `receive`, which is one round trip here; its way by
    # txredisapi opens ten connections for each message.
    extensions = ["groups", "flush", "statistics"]

    def __init__(self, durable=(), recover_after=10, max_tries=5, **stock):
        options.check(durable=durable, recover_after=recover_after, max_tries=max_tries, **stock)
        self.durable = frozenset(durable)
        super(FastLayer, self).__init__(**stock)
        self._capacities = {}
        self._expanded = defaultdict(deque)
        self._told = set()  # channels of which the log knows that something there can't be read
        self.in_flight = InFlight(self, recover_after, max_tries)
        self.dead_letters = DeadLetters(self)
        self.interfaces = interfaces.Interfaces(self)

    def _register_scripts(self):
        super(FastLayer, self)._register_scripts()
        connection = self.connection(None)
        for name in ("push", "send_group", "take", "take_many", "give_back", "join", "forget", "renew"):
            setattr(self, "_" + name, connection.register_script(scripts.source(name)))

    # Sending

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

    # Groups

    def group_add(self, group, channel):
        """
        For ``group_expiry`` seconds at least. A socket whose interface process is
        gone is not added: nobody would ever take it out.
        """
        assert self.valid_group_name(group), "Group name not valid"
        assert self.valid_channel_name(channel), "Channel name not valid"
        process = interfaces.process_of(channel)
        self._join(
            keys=[self._group_key(group)] + (self.interfaces.keys(process) if process else []),
            args=[channel, int(time.time()), self.group_expiry, group, process or ""],
            client=self.connection(self.consistent_hash(group)),
        )

    def has_members(self, group):
        """Whether there may be somebody in it: one round trip, however many there are."""
        return self.connection(self.consistent_hash(group)).exists(self._group_key(group))

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
            self.interfaces.forget_gone()

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
            if name not in self._told:
                logger.error("Skipped an entry of %s that can't be read, and counts the next ones: %s", name, error)
            self._told.add(name)
            if name in self.durable:
                self.in_flight.bury(name, raw, index)
            return None, None
        # Each member gets a message of its own: consumers may change what they are given.
        self._expanded[name].extend((channel, entry.body) for channel in entry.channels[1:])
        return entry.channels[0], message

    def serialize(self, message):
        """Raises ``TypeError``, ``ValueError`` or ``OverflowError`` for what msgpack can't carry."""
        body = packing.packb(message)
        return self.crypter.encrypt(body) if self.crypter else body

    def deserialize(self, message):
        """
        Raises `entries.Unreadable`. The age is the header's business, and a
        durable entry has none: so no time limit for the decryption.
        """
        try:
            if self.crypter:
                message = self.crypter.decrypt(message)
            return packing.unpackb(message)
        except Exception as error:  # Whatever either raises at foreign bytes.
            raise entries.Unreadable("%s: %s" % (type(error).__name__, error))

    # Names and numbers

    def index_of(self, name):
        if "!" in name or "?" in name:
            return self.consistent_hash(name)
        return next(self._send_index_generator)

    def _bell(self, name):
        return self.prefix + BELL + name

    def _expires(self):
        return int((time.time() + self.expiry) * 1000)


class RedisChannelLayer(FastLayer, StockRedisLayer):
    """On one Redis, or on several by ``hosts=[…]``."""


class RedisSentinelChannelLayer(FastLayer, StockSentinelLayer):
    """On the masters that Sentinel names."""

    def _master_for(self, service_name):
        # A client asks Sentinel anew for each connection that it makes. The stock layer makes a
        # client, and with it a connection, for each command.
        if service_name not in self._master_connections:
            self._master_connections[service_name] = self._sentinel.master_for(service_name)
        return self._master_connections[service_name]
