"""The Content Security Policy of a page, and the address of the interface server for its sockets."""
from __future__ import unicode_literals

from chartroom.conf import conf

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src %s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def set_policy(response, socket_sources=""):
    """
    Set the header (Content Security Policy, level 2), and return the response.

    The page may load only what it needs, so that markup injected past the escaping could
    not run a script. ``socket_sources``: see `socket_origins`.
    """
    response["Content-Security-Policy"] = POLICY % ("'self' %s" % socket_sources).strip()
    return response


def socket_origins(request):
    """
    Return ``(origin, sources)``, the address of the interface server for a page.

    ``origin`` is the value of CHARTROOM_SOCKET_ORIGIN, to which the page's script adds
    the missing parts; ``sources`` is for the policy's ``connect-src``, because in some
    browsers ``'self'`` does not include WebSockets.
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
