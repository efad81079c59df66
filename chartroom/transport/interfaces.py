# coding: utf-8
"""
The interface processes (`rundaphne`) in Redis: each has a heartbeat, and a set
of the groups that its sockets are in. When the heartbeat has expired, any
process removes the sockets from their groups. Stock daphne has no heartbeat,
and its sockets are never removed.
"""
from __future__ import unicode_literals

import logging
import time

from monotonic import monotonic

from chartroom.transport import options

logger = logging.getLogger(__name__)

# Begins like stock daphne's name, so that a project's ``channel_capacity`` for "daphne.response.*" still applies.
PREFIX = "daphne.response.run."

GROUPS_AT_ONCE = 100  # groups cleaned up in one round trip

# Parts of keys; no channel name contains a "#".
PROCESSES = "#interfaces#"
HEARTBEAT = "#heartbeat#"
GROUPS = "#groups#"


def process_of(channel):
    """The process of a socket's reply channel, ``daphne.response.run.…!``; None for any other channel."""
    if not channel.startswith(PREFIX) or "!" not in channel:
        return None
    return channel[:channel.index("!") + 1]


class Interfaces(object):

    def __init__(self, layer):
        self.layer = layer
        self._last_cleanup = 0

    def keys(self, process):
        """Its heartbeat, the set of all processes, and the set of its groups, for ``join.lua``."""
        return [self.heartbeat_key(process), self.layer.prefix + PROCESSES, self._groups_key(process)]

    def heartbeat_key(self, process):
        return self.layer.prefix + HEARTBEAT + process

    def _groups_key(self, process):
        return self.layer.prefix + GROUPS + process

    def processes(self):
        """The names of the processes that have a heartbeat, sorted: two round trips per server."""
        alive = set()
        for index in range(self.layer.ring_size):
            connection = self.layer.connection(index)
            names = [name.decode("ascii") for name in connection.smembers(self.layer.prefix + PROCESSES)]
            pipeline = connection.pipeline(transaction=False)
            for name in names:
                pipeline.exists(self.heartbeat_key(name))
            alive.update(name for name, is_alive in zip(names, pipeline.execute()) if is_alive)
        return sorted(alive)

    def heartbeat_keys(self, process):
        """For ``heartbeat.lua``."""
        return [self.heartbeat_key(process), self.layer.prefix + PROCESSES]

    def forget_dead(self):
        """
        Removes the sockets of processes without a heartbeat from all groups; looks for
        such processes at most every `options.CLEANUP_INTERVAL` seconds.
        """
        if monotonic() - self._last_cleanup < options.CLEANUP_INTERVAL:
            return
        self._last_cleanup = monotonic()
        for index in range(self.layer.ring_size):
            connection = self.layer.connection(index)
            for process in [name.decode("ascii") for name in connection.smembers(self.layer.prefix + PROCESSES)]:
                if not connection.exists(self.heartbeat_key(process)):
                    self._forget(process, connection)

    def _forget(self, process, connection):
        removed = 0
        while True:
            groups = connection.srandmember(self._groups_key(process), GROUPS_AT_ONCE)
            if not groups:
                break
            pipeline = connection.pipeline(transaction=False)
            for group in groups:
                self.layer._forget(
                    keys=[self._group_key(group), self.heartbeat_key(process), self._groups_key(process)],
                    args=[process, group], client=pipeline)
            counts = pipeline.execute()
            if -1 in counts:
                return  # It is alive again.
            removed += sum(counts)
        connection.srem(self.layer.prefix + PROCESSES, process)
        logger.info("Interface process %s has exited: removed %d group memberships of its sockets.", process, removed)

    def renew(self, process):
        """Renews the memberships of a process's sockets, which last as long as the sockets are open."""
        for index in range(self.layer.ring_size):
            connection = self.layer.connection(index)
            for group in connection.sscan_iter(self._groups_key(process)):
                self.layer._renew(
                    keys=[self._group_key(group), self._groups_key(process)],
                    args=[process, int(time.time()), self.layer.group_expiry, group], client=connection)
            connection.expire(self._groups_key(process), self.layer.group_expiry)

    def _group_key(self, group):
        return self.layer._group_key(group.decode("ascii"))
