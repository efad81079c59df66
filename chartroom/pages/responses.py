"""Answers other than a page: JSON, errors and refusals."""
from __future__ import unicode_literals

import functools

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse

from chartroom.errors import Refused
from chartroom.wire import protocol

# Close code of a socket: (HTTP status, error code).
STATUSES = {
    protocol.CLOSE_BAD_REQUEST: (400, "bad_request"), protocol.CLOSE_LOG_IN: (401, "log_in"),
    protocol.CLOSE_FORBIDDEN: (403, "forbidden"), protocol.CLOSE_NOT_FOUND: (404, "not_found"),
}


def refused_page(request, refused):
    """Redirects to the login page, or raises Django's exception for the `Refused`: 403 or 404."""
    if refused.close_code == protocol.CLOSE_LOG_IN:
        return redirect_to_login(request.get_full_path())
    if refused.close_code == protocol.CLOSE_FORBIDDEN:
        raise PermissionDenied(refused.detail)
    raise Http404(refused.detail)


def error_response(status, code, detail):
    return JsonResponse({"error": {"code": code, "detail": detail}}, status=status)


def answers_json(view):
    """
    Decorator: the dict that a view returns becomes a JSON response.

    A `Refused` becomes ``{"error": {"code", "detail"}}``, with the HTTP status
    of its close code.
    """
    @functools.wraps(view)
    def inner(request, **kwargs):
        try:
            return JsonResponse(view(request, **kwargs))
        except Refused as refused:
            status, code = STATUSES[refused.close_code]
            return error_response(status, code, refused.detail)
    return inner
