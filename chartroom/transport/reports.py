"""
What a worker reports to an interface process: that frames of its sockets have been dealt with.

The interface process reads a socket no faster than that: see
`chartroom.transport.interface.admission`. A report is an entry on the process's
own list, for a channel that no socket has, so that an older `rundaphne` ignores it.
"""
from __future__ import unicode_literals

import six

from chartroom.transport import interfaces
from chartroom.transport.entries import Unreadable

CHANNEL = "websocket.receive"
SUFFIX = ".dealt"  # a reply channel has letters alone behind its "!"


class Reports(object):
    """The frame that a layer's user has in hand, and those that are to be reported."""

    def __init__(self, layer):
        self.layer = layer
        self._in_hand = None  # a reply channel
        self._waiting = []

    def received(self, channel, message):
        """The layer's user was given a message. Called after `dealt_with`."""
        if channel == CHANNEL and interfaces.process_of(message.get("reply_channel") or ""):
            self._in_hand = message["reply_channel"]

    def dealt_with(self):
        """The layer's user asks for the next message, or ends."""
        if self._in_hand is not None:
            self._waiting.append(self._in_hand)
            self._in_hand = None

    def calls(self):
        """
        Calls for the layer's ``_run`` that report all that waits. A report that is lost costs its socket a moment.
        """
        waiting, self._waiting = self._waiting, []
        calls = []
        for reply_channel in waiting:
            process = interfaces.process_of(reply_channel)
            body = self.layer.serialize({"dealt": reply_channel}, None, [process + SUFFIX])
            calls.append((self.layer.consistent_hash(process), self.layer._push) + self.layer.push_arguments(
                process, [process + SUFFIX], body, forced=True))
        return calls


def is_report(channel):
    return channel.endswith(SUFFIX)


def read(message):
    """The reply channel in a report; raises `Unreadable`."""
    if not isinstance(message.get("dealt"), six.text_type):
        raise Unreadable("it reports no socket")
    return message["dealt"]
