# coding: utf-8
"""
The interface processes (`rundaphne`), as Redis knows them: each has a heartbeat,
and the groups that its sockets are in. When the heartbeat has run out, anybody
takes them out of their groups. Stock daphne has no heartbeat, and is left alone.
"""
from __future__ import unicode_literals

import logging
import time

logger = logging.getLogger(__name__)

# The stock name's beginning, so that what a project says of its capacity holds on.
PREFIX = "daphne.response.run."

BEAT = 5  # seconds between two heartbeats
LIFETIME = 30  # seconds that one lasts
LOOK = 10  # seconds between two looks for those that are gone
MANY = 100  # groups of one round trip

# Parts of keys that are no channel's name.
ALL = "#interfaces#"
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
        self._looked = 0

    def keys(self, process):
        """Its heartbeat, the set of all, and the set of its groups, for ``join.lua``."""
        return [self.heartbeat(process), self.layer.prefix + ALL, self._groups(process)]

    def heartbeat(self, process):
        return self.layer.prefix + HEARTBEAT + process

    def _groups(self, process):
        return self.layer.prefix + GROUPS + process

    def forget_gone(self):
        """Takes the sockets of processes that are gone out of their groups; looks at most every `LOOK` seconds."""
        if time.time() - self._looked < LOOK:
            return
        self._looked = time.time()
        for index in range(self.layer.ring_size):
            connection = self.layer.connection(index)
            for process in [name.decode("ascii") for name in connection.smembers(self.layer.prefix + ALL)]:
                if not connection.exists(self.heartbeat(process)):
                    self._forget(process, connection)

    def _forget(self, process, connection):
        forgotten = 0
        while True:
            groups = connection.srandmember(self._groups(process), MANY)
            if not groups:
                break
            pipeline = connection.pipeline(transaction=False)
            for group in groups:
                self.layer._forget(
                    keys=[self._group_key(group), self.heartbeat(process), self._groups(process)],
                    args=[process, group], client=pipeline)
            counts = pipeline.execute()
            if -1 in counts:
                return
            forgotten += sum(counts)
        connection.srem(self.layer.prefix + ALL, process)
        logger.info("The interface process %s is gone: forgot %d of its sockets' memberships.", process, forgotten)

    def renew(self, process):
        """A process's sockets stay in their groups for as long as they are open."""
        for index in range(self.layer.ring_size):
            connection = self.layer.connection(index)
            for group in connection.sscan_iter(self._groups(process)):
                self.layer._renew(
                    keys=[self._group_key(group), self._groups(process)],
                    args=[process, int(time.time()), self.layer.group_expiry, group], client=connection)
            connection.expire(self._groups(process), self.layer.group_expiry)

    def _group_key(self, group):
        return self.layer._group_key(group.decode("ascii"))
