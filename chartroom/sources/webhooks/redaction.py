"""
Keeps tokens out of logs and error reports. Django logs the path of each request
that it answers with 404 or an error, and passes the request itself to the handlers
that mail or collect errors.
"""
from __future__ import unicode_literals

import functools
import logging
import re

from chartroom.sources.webhooks import keys

HIDDEN = "/hooks/***/"
# Where servers and Django store the URL: gunicorn's access log reads RAW_URI, uWSGI sets REQUEST_URI.
ADDRESSES = ("PATH_INFO", "RAW_URI", "REQUEST_URI", "PATH_TRANSLATED")

# The loggers that Django uses before a view is called. The token's length distinguishes webhooks from a project's
# own URLs below /hooks/.
LOGGERS = ("django.request", "django.security.DisallowedHost")
ADDRESS = re.compile(r"/hooks/[A-Za-z0-9_-]{43}(/|$)")


def without_token(view):
    """Call ``view(request, token_hash)`` after removing the token from the request."""
    @functools.wraps(view)
    def inner(request, token):
        token_hash = keys.hash_token(token)
        redact(request)
        return view(request, token_hash)
    return inner


def redact(request):
    """Remove the URL from a request, its environment and its resolver match."""
    request.path = request.path_info = HIDDEN
    for name in ADDRESSES:
        if name in request.META:
            request.META[name] = str(HIDDEN)
    if request.resolver_match is not None:
        # The same dict is a local variable of Django's handler, which an error report would show.
        request.resolver_match.kwargs["token"] = "***"


class TokenFilter(logging.Filter):
    """Redacts log records of requests to a webhook. Accepts every record."""

    def filter(self, record):
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if ADDRESS.search(path):
            record.msg, record.args = record.getMessage().replace(path, HIDDEN), ()
            redact(request)
        return True


token_filter = TokenFilter()


def watch_logs():
    for name in LOGGERS:
        # Adding the same filter again has no effect.
        logging.getLogger(name).addFilter(token_filter)
