# coding: utf-8
"""What an operator sees of a layer: its servers, queues, processes and counters, also while a server does not answer."""
from __future__ import unicode_literals

import redis
from monotonic import monotonic

from chartroom.transport.bounded import address, bounded
from chartroom.transport.durable import WORKERS
from chartroom.transport.process_records import run

WITHIN = 5  # seconds of one command
INFO = ("redis_version", "used_memory", "maxmemory", "maxmemory_policy")


class Status(object):
    """``layer``: one of `chartroom.transport.layers`."""

    def __init__(self, layer):
        self.layer = layer

    def failures(self, within):
        """Addresses of the servers that do not answer a PING within ``within`` seconds each."""
        return [address(client) for client in self._clients(within) if not _answers(client)]

    def read(self, channels):
        """
        A dict of lists, for JSON:

        - ``servers``: ``address``, ``error`` (None if it answers), ``latency_ms`` and `INFO`, memory in bytes
        - ``processes``: the records of `chartroom.transport.process_records`, with ``name``
        - ``channels``: for each of ``channels``, of the durable ones and of those that a worker receives from:
          ``name``, ``durable``, ``depth`` and ``capacity`` (entries), ``age`` (seconds that the oldest
          one has waited; None for an empty or durable channel), ``in_flight`` and ``dead_letters`` (entries)
        - ``in_flight``: ``worker``, ``channel``, ``entries`` for each worker of durable channels that has some
        - ``counters``: ``{name: number}``, the layer's global statistics

        Numbers are sums over the servers that answer. Raises ``redis.RedisError`` if one of those stops
        answering meanwhile.
        """
        servers, answering, processes = [], [], {}
        for client in self._clients(WITHIN):
            try:
                server = self._server(client)
                processes.update(self.layer.process_records.read(client))
                answering.append(client)
            except redis.RedisError as error:
                server = dict.fromkeys(("latency_ms",) + INFO, None)
                server.update(address=address(client), error="%s: %s" % (type(error).__name__, error))
            servers.append(server)
        names = set(channels) | self.layer.durable
        names.update(name for record in processes.values() for name in record.get("channels", ()))
        in_flight = [each for client in answering for each in self._in_flight(client)]
        return {
            "servers": servers,
            "processes": [dict(processes[name], name=name) for name in sorted(processes)],
            "channels": [self._channel(name, answering, in_flight) for name in sorted(names)],
            "in_flight": in_flight,
            "counters": self.layer._count_global_stats(answering),
        }

    def _clients(self, within):
        return [bounded(self.layer.connection(index), within) for index in range(self.layer.ring_size)]

    def _server(self, client):
        client.ping()  # opens the connection
        started = monotonic()
        client.ping()
        latency = monotonic() - started
        info = client.info()
        server = {name: info.get(name) for name in INFO}
        server.update(address=address(client), error=None, latency_ms=round(latency * 1000, 2))
        return server

    def _channel(self, name, clients, in_flight):
        durable = name in self.layer.durable
        key, dead = self.layer.prefix + name, self.layer.in_flight.dead_key(name)
        depth, letters, ages = 0, 0, []
        for client in clients:
            length, oldest, dead_letters = run(client, [("LLEN", key), ("LINDEX", key, 0), ("LLEN", dead)])
            depth += length
            letters += dead_letters
            ages.append(self.layer.age(oldest) if oldest else None)
        waited = [age for age in ages if age is not None]
        return {
            "name": name, "durable": durable, "depth": depth,
            # Each server has a list of its own.
            "capacity": self.layer.get_capacity(name) * max(1, len(clients)),
            "age": round(max(waited), 1) if waited else None,
            "in_flight": sum(each["entries"] for each in in_flight if each["channel"] == name),
            "dead_letters": letters,
        }

    def _in_flight(self, client):
        workers = [raw.decode("ascii") for raw in client.smembers(self.layer.prefix + WORKERS)]
        pairs = [(worker, channel) for worker in sorted(workers) for channel in sorted(self.layer.durable)]
        counts = run(client, [("LLEN", self.layer.in_flight.key(channel, worker)) for worker, channel in pairs])
        return [
            {"worker": worker, "channel": channel, "entries": count}
            for (worker, channel), count in zip(pairs, counts) if count]


def _answers(client):
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
