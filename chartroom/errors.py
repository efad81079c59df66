# coding: utf-8
"""Exceptions for refused requests, with the code that the client receives."""
from __future__ import unicode_literals


class FrameError(Exception):
    """
    A frame, or a message in it, was refused. The connection stays open.

    ``code`` is one of `protocol.ERROR_CODES`, ``detail`` a sentence for
    developers, ``ids`` the client's ids of the refused messages (none if the
    id itself could not be read), ``retry_after`` seconds.
    """

    def __init__(self, code, detail, ids=(), retry_after=None):
        super(FrameError, self).__init__(code, detail)
        self.code = code
        self.detail = detail
        self.ids = list(ids)
        self.retry_after = retry_after


class Refused(Exception):
    """A socket must be closed, with ``close_code``, one of `protocol`'s ``CLOSE_…``."""

    def __init__(self, close_code, detail):
        super(Refused, self).__init__(close_code, detail)
        self.close_code = close_code
        self.detail = detail


class NotPublished(Exception):
    """
    `publish` refused a message: nothing of it is stored.

    ``code`` is one of `protocol.ERROR_CODES`, ``detail`` a sentence for developers.
    """

    def __init__(self, code, detail):
        super(NotPublished, self).__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self):
        return "%s: %s" % (self.code, self.detail)
