"""
urllib3's connections, opened to allowed addresses only, and such that another
thread can cut them off.
"""
from __future__ import unicode_literals

import socket

import urllib3

from chartroom.sources.feeds.address import connect


class Caller(object):
    """
    Opens the connections of one fetch. As a context manager it has them cut off
    at the `Deadline`, whatever they wait for: an answer, a handshake, a header, a body.
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
        # A descriptor of our own for the same connection: TLS takes the socket away from the first.
        self._handles.append(socket.fromfd(candidate.fileno(), candidate.family, candidate.type))
        if self.deadline.is_over:
            raise socket.timeout("the time is over")

    def _cut(self):
        for handle in self._handles:
            try:
                handle.shutdown(socket.SHUT_RDWR)
            except socket.error:
                pass  # The other side was faster.


class Guarded(object):
    """Mixed into urllib3's connections, in the place where they open their socket."""

    def __init__(self, *args, **options):
        self.caller = options.pop("caller")
        super(Guarded, self).__init__(*args, **options)

    def _new_conn(self):
        return self.caller.open(self.host, self.port, self.timeout)


class HTTPConnection(Guarded, urllib3.connection.HTTPConnection):
    pass


class HTTPSConnection(Guarded, urllib3.connection.HTTPSConnection):
    pass


class HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = HTTPConnection


class HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = HTTPSConnection


POOLS = {"http": HTTPPool, "https": HTTPSPool}
