"""
Keeps tokens out of logs and error reports. Django logs the path of each request
that it answers with 404 or an error, and hands the request itself to whoever
mails or collects errors.
"""
from __future__ import unicode_literals

import functools
import logging
import re

from chartroom.sources.webhooks import keys

HIDDEN = "/hooks/***/"
# Where servers and Django keep the address: gunicorn's access log reads RAW_URI, uWSGI sets REQUEST_URI.
ADDRESSES = ("PATH_INFO", "RAW_URI", "REQUEST_URI", "PATH_TRANSLATED")

# What Django logs of a request before any view has it. A project's own /hooks/ are none of ours: a token's length tells.
LOGGERS = ("django.request", "django.security.DisallowedHost")
ADDRESS = re.compile(r"/hooks/[A-Za-z0-9_-]{43}(/|$)")


def without_token(view):
    """Calls ``view(request, token_hash)``: from here on nothing has the token any more."""
    @functools.wraps(view)
    def inner(request, token):
        token_hash = keys.hash_token(token)
        hide(request)
        return view(request, token_hash)
    return inner


def hide(request):
    """Takes the address out of a request, its environment, and what Django found it by."""
    request.path = request.path_info = HIDDEN
    for name in ADDRESSES:
        if name in request.META:
            request.META[name] = str(HIDDEN)
    if request.resolver_match is not None:
        # The same dict is a local variable of Django's handler, which a report of errors would show.
        request.resolver_match.kwargs["token"] = "***"


class TokenFilter(logging.Filter):
    """Changes a record of a request to a webhook, and lets every record pass."""

    def filter(self, record):
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if ADDRESS.search(path):
            record.msg, record.args = record.getMessage().replace(path, HIDDEN), ()
            hide(request)
        return True


token_filter = TokenFilter()


def watch_logs():
    for name in LOGGERS:
        # The same filter a second time is not added.
        logging.getLogger(name).addFilter(token_filter)
