"""The response for an unhandled exception: a project's ``handler500``."""
from __future__ import unicode_literals

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.views.defaults import server_error as django_server_error

RETRY_AFTER = 5  # seconds


def server_error(request):
    """
    Respond with 503 and ``Retry-After`` if the database is unavailable, locked or out of disk space, because the
    same request may succeed later. For any other exception, return Django's 500.
    """
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        response = HttpResponse(
            "The database is not available. Try again in a few seconds.\n",
            status=503, content_type="text/plain; charset=utf-8")
        response["Retry-After"] = "%d" % RETRY_AFTER
        return response
    return django_server_error(request)
