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

import time

from asgi_redis import RedisChannelLayer as StockRedisLayer
from asgi_redis import RedisSentinelChannelLayer as StockSentinelLayer

from chartroom.transport import entries, interfaces, options, packing, scripts
from chartroom.transport.dead_letters import DeadLetters
from chartroom.transport.durable import BELL, InFlight
from chartroom.transport.receiving import Receiving
from chartroom.transport.sending import Sending
from chartroom.transport.statistics import Statistics


class FastLayer(Sending, Receiving, Statistics):
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
        self.in_flight = InFlight(self, recover_after, max_tries)
        self.dead_letters = DeadLetters(self)
        self.interfaces = interfaces.Interfaces(self)

    def _register_scripts(self):
        super(FastLayer, self)._register_scripts()
        connection = self.connection(None)
        for name in ("push", "send_group", "take", "take_many", "give_back", "join", "forget", "renew"):
            setattr(self, "_" + name, connection.register_script(scripts.source(name)))

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

    # Bodies

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
