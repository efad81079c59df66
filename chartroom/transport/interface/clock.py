"""
The clock of the interface server: monotonic, since the time of day may be set by an hour,
which would end all sockets as idle, or keep those that have to end.

Twisted and daphne measure all durations by the time of day.
"""
from __future__ import unicode_literals

import daphne.http_protocol
import daphne.ws_protocol
from monotonic import monotonic


class Monotonic(object):
    """In place of the module ``time`` in daphne's modules, which use nothing else of it."""

    time = staticmethod(monotonic)


daphne.http_protocol.time = daphne.ws_protocol.time = Monotonic


def set_for(reactor):
    """For calls that are made after this one."""
    reactor.seconds = monotonic
