"""When the sender of an HTTP request should try again."""
from __future__ import unicode_literals

import math

RETRY_AFTER = 5  # seconds, while the database is unavailable


def set_retry_after(response, seconds):
    """Set ``Retry-After`` on a response and return it; None sets nothing."""
    if seconds is not None:
        # Whole seconds (RFC 7231, section 7.1.3), rounded up so that the retry is not too early.
        response["Retry-After"] = "%d" % math.ceil(seconds)
    return response
