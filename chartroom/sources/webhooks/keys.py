"""
The two secrets of a webhook: its token, of which only a hash is stored, and the key that
signs its deliveries, which is needed in clear and is therefore stored encrypted with a
key derived from the project's ``SECRET_KEY``.
"""
from __future__ import unicode_literals

import base64
import binascii
import hashlib
import os
import re

from django.conf import settings
from django.utils.encoding import force_bytes

TOKEN_BYTES = 32  # random bytes of a token

# Standard Webhooks 1.0.0, "Signature scheme": this prefix, and 24 to 64 random bytes in base64.
SECRET_PREFIX = "whsec_"
MIN_SECRET, MAX_SECRET = 24, 64  # bytes
SECRET_BYTES = 32                # bytes of a secret that is generated here
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")


class SecretLost(Exception):
    """A stored secret that can't be decrypted with this ``SECRET_KEY``."""


def make_token():
    """A new token: 43 URL-safe characters."""
    return base64.urlsafe_b64encode(os.urandom(TOKEN_BYTES)).rstrip(b"=").decode("ascii")


def hash_token(token):
    """The stored form of a token. No salt: 256 random bits can't be guessed, and the hash is looked up by an index."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def make_secret():
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode("ascii")


def key_of(secret):
    """The bytes of a secret, ``whsec_<base64>``; raises `ValueError`, which states what is required."""
    encoded = secret[len(SECRET_PREFIX):]
    if not secret.startswith(SECRET_PREFIX) or not BASE64.match(encoded):
        raise ValueError("whsec_ followed by base64")
    try:
        key = base64.b64decode(encoded.encode("ascii"))
    except (binascii.Error, TypeError):  # TypeError on Python 2.7.
        raise ValueError("base64 with complete padding")
    if not MIN_SECRET <= len(key) <= MAX_SECRET:
        raise ValueError("%d to %d bytes, not %d" % (MIN_SECRET, MAX_SECRET, len(key)))
    return key


# cryptography is imported where it is used: it adds 30 to 90 ms to the start of a process, and few processes need it.

def seal(secret):
    return _fernet().encrypt(secret.encode("ascii")).decode("ascii")


def unseal(sealed):
    """Raises `SecretLost`."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet().decrypt(sealed.encode("ascii")).decode("ascii")
    except InvalidToken:
        raise SecretLost("It was encrypted with another SECRET_KEY.")


def _fernet():
    from cryptography.fernet import Fernet
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    # A derived key (RFC 5869), so that other uses of SECRET_KEY reveal nothing about this one.
    derived = HKDF(SHA256(), 32, salt=None, info=b"chartroom.webhooks.secret", backend=default_backend())
    return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(settings.SECRET_KEY))))
