"""
A bound on what a worker spends on one message, so that no input holds one for ever.

``CHARTROOM_WORKER = {"MAX_SECONDS": 30}`` in a project's settings: a number, or
numbers by channel, ``{"chat-messages": 60, "*": 30}``; 0: no bound.

At the bound `TookTooLong` is raised in the consumer, wherever it stands. Code that
can't be interrupted by that (a loop in C) has `GRACE` seconds of CPU more; then the
process is ended by SIGVTALRM, and its supervisor starts another.
"""
from __future__ import unicode_literals

import gc
import signal
import sys
from contextlib import contextmanager

import redis
import six
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

try:
    import faulthandler
except ImportError:  # Python 2.7
    faulthandler = None

NAME = "CHARTROOM_WORKER"
MAX_SECONDS = 30
GRACE = 5  # seconds of CPU


class TookTooLong(BaseException):
    """No ``Exception``: a consumer's ``except Exception`` is not to catch it."""


class Bound(object):
    """For the main thread, which alone is given signals."""

    def __init__(self, max_seconds=None):
        self._seconds = read() if max_seconds is None else by_channel(max_seconds)
        self._is_installed = False
        self._is_over = None  # what the message in hand raises, None between two messages

    def install(self):
        self._is_installed = True
        signal.signal(signal.SIGALRM, self._alarm)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        if faulthandler is not None:
            # The traceback of code that no Python handler interrupts; then the default action: the process ends.
            faulthandler.register(signal.SIGVTALRM, sys.__stderr__, all_threads=False, chain=True)

    @contextmanager
    def on(self, channel):
        """Raises `TookTooLong` in the block when it has taken longer than its channel may."""
        seconds = self._seconds.get(channel, self._seconds.get("*", 0))
        if not seconds or not self._is_installed:
            yield
            return
        self._is_over = TookTooLong("a message of %s took longer than %g s" % (channel, seconds))
        signal.setitimer(signal.ITIMER_REAL, seconds)
        # Counts CPU seconds: of a process that waits the first one takes care.
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds + GRACE)
        try:
            yield
        finally:
            self._is_over = None
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _alarm(self, number, frame):
        # One that comes after its block has ended concerns nobody any more.
        if self._is_over is not None:
            raise self._is_over


def drop_connections():
    """
    Closes what may have been interrupted between a question and its answer: the next question on such a
    connection would be given the old answer. Each is opened again when it is needed.
    """
    for pool in [found for found in gc.get_objects() if isinstance(found, redis.ConnectionPool)]:
        # The interrupted command has given its connection back; those in use are other threads'.
        for connection in list(pool._available_connections):
            connection.disconnect()
    for alias in connections:
        connections[alias].close()


def read():
    """``{channel: seconds}``, ``*`` for all others; raises ``ImproperlyConfigured``."""
    options = getattr(settings, NAME, {})
    if not isinstance(options, dict) or set(options) - {"MAX_SECONDS"}:
        raise ImproperlyConfigured("%s: a dict is required, and it may have MAX_SECONDS." % NAME)
    return by_channel(options.get("MAX_SECONDS", MAX_SECONDS))


def by_channel(value):
    if not isinstance(value, dict):
        value = {"*": value}
    for channel, seconds in value.items():
        is_number = isinstance(seconds, six.integer_types + (float,)) and not isinstance(seconds, bool)
        if not isinstance(channel, six.string_types) or not is_number or not 0 <= seconds < 86400:
            raise ImproperlyConfigured(
                '%s: MAX_SECONDS: seconds from 0 to 86400 are required, or a dict of them by channel such as '
                '{"chat-messages": 60, "*": 30}, and it has %r.' % (NAME, seconds))
    return value
