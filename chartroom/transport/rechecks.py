# coding: utf-8
"""
Rechecks: whether the users of open sockets may still have them.

A consumer that accepts a socket may add ``"recheck": {"tags": [text, …], "data": …}``
to its reply. The interface process keeps both, and sends the data back to the
workers every ``RECHECK_EVERY`` seconds, on `CHANNEL`, as ``{"sockets": [[reply
channel, data], …]}``: the consumer closes the sockets that must not stay open. So a
recheck reads nothing per socket, and a client that sends no frame is rechecked too.

The tags find the sockets of a user or a session at once: see `Rechecks.recheck_sockets`.
Stock daphne refuses a reply with an unknown key: see `Rechecks.rechecks`.
"""
from __future__ import unicode_literals

import six

from chartroom.transport import interfaces
from chartroom.transport.entries import Unreadable

CHANNEL = "websocket.recheck"
SUFFIX = ".recheck"  # a reply channel has only letters after its "!"


class Rechecks(object):
    """A mixin of `chartroom.transport.layers.FastLayer`."""

    def rechecks(self, reply_channel):
        """Whether the interface server of a socket rechecks it, so that a reply may have the key ``recheck``."""
        return interfaces.process_of(reply_channel) is not None

    def recheck_sockets(self, tags, close=None):
        """
        Ask each interface process to have the sockets with one of ``tags`` (texts) rechecked at
        once, or, with a code, to close them without asking a worker. One round trip per Redis server
        to find the processes, and one to send.
        """
        calls = []
        for process in self.interfaces.processes():
            channel = process + SUFFIX
            body = self.serialize({"tags": sorted(tags), "close": close}, None, [channel])
            calls.append((self.consistent_hash(process), self._push) + self.push_arguments(
                process, [channel], body, forced=True))
        self._run(calls)


def is_request(channel):
    return channel.startswith(interfaces.PREFIX) and channel.endswith(SUFFIX)


def read_request(message):
    """The message of a request, checked; raises `Unreadable`."""
    tags = message.get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, six.text_type) for tag in tags):
        raise Unreadable("it requests a recheck without tags")
    return message
