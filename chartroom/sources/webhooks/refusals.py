"""What becomes of a delivery that is not taken: a status, and why."""
from __future__ import unicode_literals

import math

from chartroom.pages import responses


class Rejected(Exception):
    """
    A delivery that is refused: nothing of it is stored.

    ``status``: of HTTP; ``code`` and ``detail``: a word for a program and a
    sentence for a developer; ``retry_after``: seconds, where it is worth another try.
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
        if self.retry_after is not None:
            # Whole seconds (RFC 7231, section 7.1.3), and not too few of them.
            response["Retry-After"] = "%d" % math.ceil(self.retry_after)
        if self.allow is not None:
            response["Allow"] = self.allow
        return response
