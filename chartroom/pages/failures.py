"""What a page answers when it fails: ``handler500`` of a project."""
from __future__ import unicode_literals

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.views.defaults import server_error as django_server_error

RETRY_AFTER = 5  # seconds


def server_error(request):
    """
    503 with ``Retry-After`` where the database did not answer, is locked or has a full disk: the same request
    may succeed later. Anything else is Django's own 500.
    """
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        response = HttpResponse(
            "The database is not available. Try again in a few seconds.\n",
            status=503, content_type="text/plain; charset=utf-8")
        response["Retry-After"] = "%d" % RETRY_AFTER
        return response
    return django_server_error(request)
