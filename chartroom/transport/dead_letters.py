"""What durable channels have given up: kept apart, for a person to decide."""
from __future__ import unicode_literals

from chartroom.transport import entries


class DeadLetters(object):

    def __init__(self, layer):
        self.layer = layer

    def read(self, channel):
        """Each as text, oldest first: its message, or why that can't be read."""
        return [self._shown(raw) for connection in self._connections() for raw in connection.lrange(self._key(channel), 0, -1)]

    def replay(self, channel):
        """
        Puts them back onto the channel, as far as it takes them, with all their
        tries before them; returns their number.
        """
        count = 0
        for index, connection in enumerate(self._connections()):
            # Off the list only when it is on the channel: what is between is there twice, not gone.
            for raw in connection.lrange(self._key(channel), 0, -1):
                try:
                    body = entries.unpack(raw).body
                except entries.Unreadable:
                    continue
                if not self.layer.push(channel, [channel], body, index=index):
                    return count  # The channel is full: the rest stay where they are.
                # By its name, as a native str: Sentinel's clients and the others have its arguments in different orders.
                connection.execute_command(str("LREM"), self._key(channel), 1, raw)
                count += 1
        return count

    def drop(self, channel):
        """Deletes them; returns their number."""
        count = 0
        for connection in self._connections():
            count += connection.llen(self._key(channel))
            connection.delete(self._key(channel))
        return count

    def _connections(self):
        return [self.layer.connection(index) for index in range(self.layer.ring_size)]

    def _key(self, channel):
        return self.layer.in_flight.dead_key(channel)

    def _shown(self, raw):
        try:
            return "%r" % self.layer.deserialize(entries.unpack(raw).body)
        except entries.Unreadable as error:
            return "can't be read: %s" % error
