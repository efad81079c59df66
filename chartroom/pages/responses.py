"""Responses other than pages: JSON, errors and refusals."""
from __future__ import unicode_literals

import functools

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, JsonResponse

from chartroom.errors import Refused
from chartroom.wire import protocol

RETRY_AFTER = 5  # seconds

# A socket's close code: (HTTP status, error code).
STATUSES = {
    protocol.CLOSE_BAD_REQUEST: (400, "bad_request"), protocol.CLOSE_LOG_IN: (401, "log_in"),
    protocol.CLOSE_FORBIDDEN: (403, "forbidden"), protocol.CLOSE_NOT_FOUND: (404, "not_found"),
}


def refused_page(request, refused):
    """Redirect to the log-in page, or raise Django's exception for a 403 or 404, depending on the `Refused`."""
    if refused.close_code == protocol.CLOSE_LOG_IN:
        return redirect_to_login(request.get_full_path())
    if refused.close_code == protocol.CLOSE_FORBIDDEN:
        raise PermissionDenied(refused.detail)
    raise Http404(refused.detail)


def error_response(status, code, detail):
    return JsonResponse({"error": {"code": code, "detail": detail}}, status=status)


def unavailable():
    """The response while the database is unavailable, locked, or out of disk space."""
    response = error_response(503, protocol.BUSY, "The database is unavailable: try again.")
    response["Retry-After"] = "%d" % RETRY_AFTER
    return response


def answers_json(view):
    """
    Decorator: convert the dict that a view returns to a JSON response.

    A `Refused` is converted to ``{"error": {"code", "detail"}}``, with the HTTP status
    for its close code; an unavailable database to a 503 with the code ``busy``.
    """
    @functools.wraps(view)
    def inner(request, **kwargs):
        try:
            return JsonResponse(view(request, **kwargs))
        except Refused as refused:
            status, code = STATUSES[refused.close_code]
            return error_response(status, code, refused.detail)
        except (OperationalError, InterfaceError):
            return unavailable()
    return inner
