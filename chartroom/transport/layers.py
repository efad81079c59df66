# coding: utf-8
"""
Redis channel layers that do not drop messages silently, and are fast.

They take asgi_redis's options, and implement the ASGI draft of 2017. The
differences from asgi_redis, each of which repairs a fault:

- A channel's list contains the messages themselves, each with its expiry time:
  one round trip to send, one to receive, and no keys are left behind.
- A message to a group is one script call, and one entry per interface process,
  however many sockets the group has.
- Messages that are refused, expired or unreadable are counted and logged.
- Durable channels: see `chartroom.transport.durable`.

The options and their defaults are in `chartroom.transport.options`.
"""
from __future__ import unicode_literals

import time

import redis
from asgi_redis import RedisChannelLayer as StockRedisLayer
from asgi_redis import RedisSentinelChannelLayer as StockSentinelLayer

from chartroom.transport import addresses, entries, interfaces, options, packing, scripts, servers
from chartroom.transport.dead_letters import DeadLetters
from chartroom.transport.durable import InFlight
from chartroom.transport.process_records import ProcessRecords
from chartroom.transport.receiving import Receiving
from chartroom.transport.rechecks import Rechecks
from chartroom.transport.sending import Sending
from chartroom.transport.sentinel import MasterPool
from chartroom.transport.statistics import Statistics
from chartroom.transport.status import Status


class FastLayer(Sending, Receiving, Rechecks, Statistics):
    """
    The common part of both layers, on asgi_redis's connections and sharding.

    Takes `options.DEFAULTS` as keyword arguments. Raises ``ValueError``, with the
    option's name, for a value that can't work.
    """

    # No "twisted" extension: for stock daphne that would be txredisapi, which opens ten
    # connections per message. Without it, daphne calls `receive`: one round trip here.
    extensions = ["groups", "flush", "statistics"]

    def __init__(self, **given):
        values = options.with_defaults(given)
        self.durable = frozenset(values.pop("durable"))
        recover_after, max_tries = values.pop("recover_after"), values.pop("max_tries")
        super(FastLayer, self).__init__(**values)
        self.in_flight = InFlight(self, recover_after, max_tries)
        self.dead_letters = DeadLetters(self)
        self.interfaces = interfaces.Interfaces(self)
        self.process_records = ProcessRecords(self)
        self.status = Status(self)

    def _register_scripts(self):
        super(FastLayer, self)._register_scripts()
        connection = self.connection(None)
        for name in ("push", "send_group", "take", "take_many", "requeue", "join", "forget", "renew"):
            setattr(self, "_" + name, connection.register_script(scripts.source(name)))

    # Groups

    def group_add(self, group, channel):
        """
        Adds a member for at least ``group_expiry`` seconds. A socket of an interface
        process that has exited is not added, because nothing would remove it again.
        """
        index, script, keys, args = self._join_call(group, channel)
        script(keys=keys, args=args, client=self.connection(index))

    def _join_call(self, group, channel):
        assert self.valid_group_name(group), "Group name not valid"
        assert self.valid_channel_name(channel), "Channel name not valid"
        process = interfaces.process_of(channel)
        return (
            self.consistent_hash(group), self._join,
            [self._group_key(group)] + (self.interfaces.keys(process) if process else []),
            [channel, int(time.time()), self.group_expiry, group, process or ""],
        )

    def group_add_all(self, group, channels):
        """`group_add` for several channels (a list): one round trip."""
        self._run([self._join_call(group, channel) for channel in channels])

    def has_members(self, group):
        """Whether the group may have members: one round trip, however many there are."""
        return self.connection(self.consistent_hash(group)).exists(self._group_key(group))

    # Message bodies

    def serialize(self, message, group, channels):
        """
        The body of an entry for a group (text or None) and its channels (a list).

        With encryption keys it is bound to the group, or to the channel: copied to another
        one it can't be read. Raises ``TypeError``, ``ValueError`` or ``OverflowError`` for a
        message that msgpack can't encode.
        """
        body = packing.packb(message)
        return self.crypter.encrypt(_recipient(group, channels) + body) if self.crypter else body

    def deserialize(self, body, group, channels):
        """
        The message of a body with these recipients; raises `entries.Unreadable`. Decrypts
        without a time limit: the entry's header has the expiry, and durable entries have none.
        """
        try:
            if self.crypter:
                recipient = _recipient(group, channels)
                body = self.crypter.decrypt(body)
                if not body.startswith(recipient):
                    raise ValueError("it was sealed for another channel, or by an older version")
                body = body[len(recipient):]
            message = packing.unpackb(body)
        except Exception as error:  # Either library raises many types for foreign bytes.
            raise entries.Unreadable("%s: %s" % (type(error).__name__, error))
        if not isinstance(message, dict):
            raise entries.Unreadable("it is not a dict")
        return message

    # The servers

    def servers(self):
        """A `servers.Server` for each, which has been asked; takes seconds for one that does not answer."""
        return servers.look_at(self)

    # Sharding and expiry

    def index_of(self, name):
        """The number of the server for the next entry of a channel."""
        if "!" in name or "?" in name:
            return self.consistent_hash(name)
        return next(self._send_index_generator)

    def _expires(self):
        return int((time.time() + self.expiry) * 1000)


def _recipient(group, channels):
    """What an encrypted body begins with (bytes)."""
    return ("%s\n" % (channels[0] if group is None else entries.group_mark(group))).encode("ascii")


class RedisChannelLayer(FastLayer, StockRedisLayer):
    """On one Redis server, or on several (``hosts=[…]``)."""

    def _generate_connections(self, hosts, redis_kwargs):
        return [redis.Redis(connection_pool=addresses.Pool.from_url(host, **redis_kwargs)) for host in hosts]

    def __str__(self):
        return "%s(hosts=%s)" % (type(self).__name__, ", ".join(addresses.shown(addresses.parse(host)) for host in self.hosts))


class RedisSentinelChannelLayer(FastLayer, StockSentinelLayer):
    """On the master servers that Redis Sentinel reports."""

    def _master_for(self, service_name):
        # redis-py's client asks Sentinel again for each new connection. The stock layer creates
        # a client, and with it a connection, for each command.
        if service_name not in self._master_connections:
            self._master_connections[service_name] = self._sentinel.master_for(service_name, connection_pool_class=MasterPool)
        return self._master_connections[service_name]
