"""What a page's browser may load and connect to: its Content Security Policy, and where its sockets are."""
from __future__ import unicode_literals

from chartroom.conf import conf

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src %s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def set_policy(response, socket_sources=""):
    """
    Sets the header (Content Security Policy, level 2), and returns the response.

    A page may load only what it needs: text that got past the escaping still
    could run nothing. ``socket_sources``: see `socket_origins`.
    """
    response["Content-Security-Policy"] = POLICY % ("'self' %s" % socket_sources).strip()
    return response


def socket_origins(request):
    """
    Where a page finds the interface server: ``(origin, sources)``.

    ``origin`` is the value of CHARTROOM_SOCKET_ORIGIN, which the page's script
    completes; ``sources`` is for the policy's ``connect-src``, because in some
    browsers ``'self'`` does not cover WebSockets.
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
