"""What every page has in common: its policy, its data for the script, where its sockets are, its refusals."""
from __future__ import unicode_literals

import functools
import json

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.utils.safestring import mark_safe

from chartroom.conf import conf
from chartroom.errors import Refused
from chartroom.wire import protocol

STATUSES = {
    protocol.CLOSE_BAD_REQUEST: (400, "bad_request"), protocol.CLOSE_LOG_IN: (401, "log_in"),
    protocol.CLOSE_FORBIDDEN: (403, "forbidden"), protocol.CLOSE_NOT_FOUND: (404, "not_found"),
}


def guarded(response, sockets=""):
    """
    Allows a page what it needs and nothing more (Content Security Policy 2):
    so a text that got past the escaping still could run nothing.
    """
    response["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self' %s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" % sockets
    ).replace("  ", " ")
    return response


def socket_origins(request):
    """
    Where a page finds the interface server: ``(origin, policy)``.

    ``origin`` is the setting as it is, for the page to complete; ``policy`` is
    the sources for its Content-Security-Policy, where ``'self'`` covers no
    WebSocket in some browsers.
    """
    origin = conf.SOCKET_ORIGIN
    if origin and not origin.startswith(":"):
        return origin, origin
    host = request.get_host()
    if origin:
        host = host.rpartition(":")[0] if _has_port(host) else host
        host += origin
    return origin, "ws://%s wss://%s" % (host, host)


def _has_port(host):
    return ":" in host.rpartition("]")[2]


def refused_page(request, refused):
    if refused.close_code == protocol.CLOSE_LOG_IN:
        return redirect_to_login(request.get_full_path())
    if refused.close_code == protocol.CLOSE_FORBIDDEN:
        raise PermissionDenied(refused.detail)
    raise Http404(refused.detail)


def script_json(value):
    """JSON for a ``<script type="application/json">``: with no character that could end the element."""
    text = json.dumps(value)
    for character in "<>&":
        text = text.replace(character, "\\u%04x" % ord(character))
    return mark_safe(text)


def error_response(status, code, detail):
    return JsonResponse({"error": {"code": code, "detail": detail}}, status=status)


def answers_json(view):
    """
    What a view returns as JSON, and a `Refused` as ``{"error": {"code", "detail"}}``
    with the status that fits the socket's close code.
    """
    @functools.wraps(view)
    def inner(request, **kwargs):
        try:
            return JsonResponse(view(request, **kwargs))
        except Refused as refused:
            status, code = STATUSES[refused.close_code]
            return error_response(status, code, refused.detail)
    return inner
