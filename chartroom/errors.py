# coding: utf-8
"""What can be refused, each with the code that the other side sees."""
from __future__ import unicode_literals


class FrameError(Exception):
    """
    A frame, or a message in one, that is refused; the connection stays.

    ``code`` is one of `protocol.ERROR_CODES`, ``detail`` a sentence for a
    developer, ``ids`` the client's ids of the messages that it concerns
    (none where the id itself could not be read), ``retry_after`` seconds.
    """

    def __init__(self, code, detail, ids=(), retry_after=None):
        super(FrameError, self).__init__(code, detail)
        self.code = code
        self.detail = detail
        self.ids = list(ids)
        self.retry_after = retry_after


class Refused(Exception):
    """A socket that may not stay: ``close_code`` is one of `protocol`'s ``CLOSE_…``."""

    def __init__(self, close_code, detail):
        super(Refused, self).__init__(close_code, detail)
        self.close_code = close_code
        self.detail = detail


class NotPublished(Exception):
    """
    A message that `publish` did not take: nothing of it is stored.

    ``code`` is one of `protocol.ERROR_CODES`, ``detail`` a sentence for a developer.
    """

    def __init__(self, code, detail):
        super(NotPublished, self).__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self):
        return "%s: %s" % (self.code, self.detail)
