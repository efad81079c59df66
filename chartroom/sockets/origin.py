"""Whose page may connect."""
from __future__ import unicode_literals

from channels.security.websockets import AllowedHostsOnlyOriginValidator


class OwnOriginOnly(AllowedHostsOnlyOriginValidator):
    """
    Denies a page of another site in the handshake (RFC 6455, section 10.2).

    Unlike Channels' own it lets a missing ``Origin`` pass: every browser sends
    one, so it is a program's, which has no cookies of a visitor to misuse.
    """

    def __call__(self, message, *args, **kwargs):
        if any(header[0] == b"origin" for header in message.content.get("headers", ())):
            return super(OwnOriginOnly, self).__call__(message, *args, **kwargs)
        return self.func(message, *args, **kwargs)

    def validate_origin(self, message, origin):
        try:
            return super(OwnOriginOnly, self).validate_origin(message, origin)
        except ValueError:  # urlparse, on a malformed address
            return False
