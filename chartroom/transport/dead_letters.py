"""Dead letters: entries of durable channels that failed too often, kept until an operator decides about them."""
from __future__ import unicode_literals

from chartroom.transport import entries


class DeadLetters(object):

    def __init__(self, layer):
        self.layer = layer

    def read(self, channel):
        """A list of texts, oldest first: each entry's message, or why it can't be read."""
        return [
            self._shown(raw) for connection in self._connections()
            for raw in connection.lrange(self._key(channel), 0, -1)]

    def replay(self, channel):
        """
        Puts the readable ones back onto the channel, with no tries counted, until the
        channel is full; returns their number.
        """
        count = 0
        for index, connection in enumerate(self._connections()):
            # Removed only after the push: a crash in between leaves an entry twice, and loses none.
            for raw in connection.lrange(self._key(channel), 0, -1):
                try:
                    body = entries.unpack(raw).body
                except entries.Unreadable:
                    continue
                if not self.layer.push(channel, [channel], body, index=index):
                    return count
                # The command by name, as a native str: the `lrem` methods of redis-py's clients differ in argument order.
                connection.execute_command(str("LREM"), self._key(channel), 1, raw)
                count += 1
        return count

    def drop(self, channel):
        """Deletes all of a channel's dead letters; returns their number."""
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
            entry = entries.unpack(raw)
            return "%r" % self.layer.deserialize(entry.body, entry.group, entry.channels)
        except entries.Unreadable as error:
            return "can't be read: %s" % error
