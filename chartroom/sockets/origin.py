"""Checks the ``Origin`` of a WebSocket handshake: scheme, host and port (RFC 6454), not only the host."""
from __future__ import unicode_literals

import logging
from collections import namedtuple

from channels.security.websockets import BaseOriginValidator
from django.conf import settings
from django.http.request import validate_host
from django.utils.six.moves.urllib.parse import urlsplit

from chartroom.conf import conf

logger = logging.getLogger(__name__)

DEFAULT_PORTS = {"http": 80, "https": 443}

Origin = namedtuple("Origin", "scheme host port")


class OwnOriginOnly(BaseOriginValidator):
    """
    Denies the handshake of another site's page (RFC 6455, section 10.2).

    A page may connect if its origin is the one under which it reached the interface server, or is in
    `CHARTROOM_PAGE_ORIGINS`. Its host must be in ``ALLOWED_HOSTS`` as well, because an attacker's name
    server can resolve any host name, and so any ``Host`` header, to this server.

    Unlike Channels' validator, this accepts a missing ``Origin``. Every browser sends one,
    so the client is a program, and has no visitor's cookies that could be misused.
    """

    def __call__(self, message, *args, **kwargs):
        if any(header[0] == b"origin" for header in message.content.get("headers", ())):
            return super(OwnOriginOnly, self).__call__(message, *args, **kwargs)
        return self.func(message, *args, **kwargs)

    def validate_origin(self, message, origin):
        try:
            page = parse(origin)
        except ValueError:  # from urlsplit, for a malformed URL or port
            return False
        if page is None or not is_allowed_host(page.host):
            return False
        own = own_origin(message)
        if page == own or any(matches(page, own, entry) for entry in conf.PAGE_ORIGINS):
            return True
        logger.warning(
            "Refused a socket from a page of %s: this server is %s. If the page is yours, add its origin to "
            "CHARTROOM_PAGE_ORIGINS; behind a proxy that terminates TLS, set SECURE_PROXY_SSL_HEADER.", show(page), show(own))
        return False


def parse(text):
    """Return the `Origin`, with its default port if it has none, or None; raise ``ValueError`` for a malformed URL."""
    parts = urlsplit(text)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None
    return Origin(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])


def is_allowed_host(host):
    allowed = settings.ALLOWED_HOSTS
    if settings.DEBUG and not allowed:
        # The hosts that Django's request.get_host() accepts in this case.
        allowed = ["localhost", "127.0.0.1", "[::1]"]
    return validate_host("[%s]" % host if ":" in host else host, allowed)


def show(origin):
    return "an unknown origin" if origin is None else "%s://%s:%d" % origin


def own_origin(message):
    """Return the `Origin` of this server, by the handshake's ``Host`` header; None if that is missing or invalid."""
    host = _header(message, b"host")
    try:
        return parse("%s://%s" % ("https" if _is_secure(message) else "http", host.decode("ascii")))
    except (AttributeError, ValueError):  # no Host header, or an invalid one
        return None


def matches(page, own, entry):
    """Whether a page matches ``entry``: an origin, or a port such as ":8000" of the server's own host, with either scheme."""
    if entry.startswith(":"):
        return own is not None and page.host == own.host and page.port == int(entry[1:])
    return page == parse(entry)


def _is_secure(message):
    if message.content.get("scheme") in ("https", "wss"):
        return True
    if not settings.SECURE_PROXY_SSL_HEADER:
        return False
    name, value = settings.SECURE_PROXY_SSL_HEADER
    # The setting has the name in the form of WSGI: HTTP_X_FORWARDED_PROTO.
    sent = _header(message, name[len("HTTP_"):].replace("_", "-").lower().encode("ascii"))
    return sent == value.encode("ascii")


def _header(message, name):
    """Return the header's value (bytes), or None."""
    return next((header[1] for header in message.content.get("headers", ()) if header[0] == name), None)
