"""Whose page may connect: the whole origin is compared (scheme, host and port; RFC 6454), not the host alone."""
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
    Denies a page of another site in the handshake (RFC 6455, section 10.2).

    A page may connect from the origin under which it reached the interface server, or from one in
    `CHARTROOM_PAGE_ORIGINS`; its host must be in ``ALLOWED_HOSTS`` as well, since the ``Host`` header alone
    is whatever a name server of somebody else's answers.

    Unlike Channels' own validator it accepts a missing ``Origin``: every browser
    sends one, so the client is a program, which has no cookies of a visitor to misuse.
    """

    def __call__(self, message, *args, **kwargs):
        if any(header[0] == b"origin" for header in message.content.get("headers", ())):
            return super(OwnOriginOnly, self).__call__(message, *args, **kwargs)
        return self.func(message, *args, **kwargs)

    def validate_origin(self, message, origin):
        try:
            page = parse(origin)
        except ValueError:  # urlsplit, on a malformed address or port
            return False
        if page is None or not is_allowed_host(page.host):
            return False
        own = own_origin(message)
        if page == own or any(matches(page, own, entry) for entry in conf.PAGE_ORIGINS):
            return True
        logger.warning(
            "Refused a socket from a page of %s: this server is %s. If the page is yours, name its origin in "
            "CHARTROOM_PAGE_ORIGINS; behind a proxy that ends TLS, set SECURE_PROXY_SSL_HEADER.", show(page), show(own))
        return False


def parse(text):
    """An `Origin`, its port filled in, or None; raises ``ValueError`` for a malformed address."""
    parts = urlsplit(text)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or parts.fragment:
        return None
    return Origin(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])


def is_allowed_host(host):
    allowed = settings.ALLOWED_HOSTS
    if settings.DEBUG and not allowed:
        # What Django's own pages accept then.
        allowed = ["localhost", "127.0.0.1", "[::1]"]
    return validate_host("[%s]" % host if ":" in host else host, allowed)


def show(origin):
    return "an unknown origin" if origin is None else "%s://%s:%d" % origin


def own_origin(message):
    """The `Origin` of a page that connects to its own server, by the handshake's ``Host``; None without a usable one."""
    host = _header(message, b"host")
    try:
        return parse("%s://%s" % ("https" if _is_secure(message) else "http", host.decode("ascii")))
    except (AttributeError, ValueError):  # no Host at all, or one that is no host
        return None


def matches(page, own, entry):
    """``entry``: an origin, or a port such as ":8000" on the server's own host, by either scheme."""
    if entry.startswith(":"):
        return own is not None and page.host == own.host and page.port == int(entry[1:])
    return page == parse(entry)


def _is_secure(message):
    if message.content.get("scheme") in ("https", "wss"):
        return True
    if not settings.SECURE_PROXY_SSL_HEADER:
        return False
    name, value = settings.SECURE_PROXY_SSL_HEADER
    # The setting has the name as WSGI spells it: HTTP_X_FORWARDED_PROTO.
    sent = _header(message, name[len("HTTP_"):].replace("_", "-").lower().encode("ascii"))
    return sent == value.encode("ascii")


def _header(message, name):
    """The header's value (bytes), or None."""
    return next((header[1] for header in message.content.get("headers", ()) if header[0] == name), None)
