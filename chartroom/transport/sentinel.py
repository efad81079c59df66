"""
redis-py's connections to the master of Redis Sentinel, for several threads.

redis-py 2.10.6 keeps the first master's address for ever. After a failover each new connection of
one thread finds another address, and closes the connections that the other threads use: their
answers break off with "I/O operation on closed file", their next connections close those
of the first, and so on, until "Set changed size during iteration".
"""
from __future__ import unicode_literals

import socket

from redis.sentinel import SentinelConnectionPool, SentinelManagedConnection

from chartroom.transport.connections import Introducing


class MasterConnection(Introducing, SentinelManagedConnection):

    def end_unless_to(self, address):
        """
        Ends a connection to another server, from any thread. Only the connection's own thread closes
        the socket and the parser: it notices the end at once, also while it waits for an answer.
        """
        connected = self._sock
        if connected is not None and (self.host, self.port) != address:
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except socket.error:
                pass  # Its peer has ended it.


class MasterPool(SentinelConnectionPool):

    def __init__(self, *args, **options):
        options.setdefault("connection_class", MasterConnection)
        super(MasterPool, self).__init__(*args, **options)

    def get_master_address(self):
        former = self.master_address
        self.master_address = self.sentinel_manager.discover_master(self.service_name)
        if former not in (None, self.master_address):
            # Copies, since other threads change the originals.
            for connection in list(self._in_use_connections) + list(self._available_connections):
                connection.end_unless_to(self.master_address)
        return self.master_address
