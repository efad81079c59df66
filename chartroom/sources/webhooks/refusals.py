"""The response to a rejected delivery: a status, and the reason."""
from __future__ import unicode_literals

from chartroom.pages import responses
from chartroom.sources.retry import set_retry_after


class Rejected(Exception):
    """
    A delivery that is rejected: nothing of it is stored.

    ``status``: the HTTP status; ``code`` and ``detail``: a word for programs and a sentence
    for developers; ``retry_after``: seconds, or None if a retry is pointless; ``allow``: the
    ``Allow`` header, or None.
    """

    def __init__(self, status, code, detail, retry_after=None, allow=None):
        super(Rejected, self).__init__(status, code, detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.allow = allow

    def response(self):
        response = responses.error_response(self.status, self.code, self.detail)
        if self.allow is not None:
            response["Allow"] = self.allow
        return set_retry_after(response, self.retry_after)
