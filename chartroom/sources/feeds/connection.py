"""
urllib3 connections that are opened to allowed addresses only, and that another thread
can shut down.
"""
from __future__ import unicode_literals

import socket

import urllib3

from chartroom.sources.feeds.address import connect


class Connector(object):
    """
    Opens the connections of one fetch. As a context manager it shuts them down at the
    `Deadline`, whatever they are waiting for: connect, TLS handshake, headers or body.
    """

    def __init__(self, allow_private, deadline):
        self.allow_private = allow_private
        self.deadline = deadline
        self._handles = []

    def __enter__(self):
        self._cutting = self.deadline.cutting(self._cut)
        self._cutting.__enter__()
        return self

    def __exit__(self, *exception):
        self._cutting.__exit__(None, None, None)
        for handle in self._handles:
            handle.close()

    def open(self, host, port, timeout):
        return connect(host, port, timeout, self.allow_private, self._begin)

    def _begin(self, candidate):
        # A duplicate descriptor of the connection: wrapping the socket in TLS detaches the original.
        self._handles.append(socket.fromfd(candidate.fileno(), candidate.family, candidate.type))
        if self.deadline.is_over:
            raise socket.timeout("the deadline is over")

    def _cut(self):
        for handle in self._handles:
            try:
                handle.shutdown(socket.SHUT_RDWR)
            except socket.error:
                pass  # Closed by the server already.


class ConnectorMixin(object):
    """Makes a urllib3 connection open its socket with a `Connector`."""

    def __init__(self, *args, **options):
        self.connector = options.pop("connector")
        super(ConnectorMixin, self).__init__(*args, **options)

    def _new_conn(self):
        return self.connector.open(self.host, self.port, self.timeout)


class HTTPConnection(ConnectorMixin, urllib3.connection.HTTPConnection):
    pass


class HTTPSConnection(ConnectorMixin, urllib3.connection.HTTPSConnection):
    pass


class HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = HTTPConnection


class HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = HTTPSConnection


POOLS = {"http": HTTPPool, "https": HTTPSPool}
