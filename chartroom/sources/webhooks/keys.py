"""
The two secrets of a webhook: its token, of which only the hash is kept, and
the key that its deliveries are signed with, which has to be had in clear again
and so is encrypted under the project's ``SECRET_KEY``.
"""
from __future__ import unicode_literals

import base64
import binascii
import hashlib
import os
import re

from django.conf import settings
from django.utils.encoding import force_bytes

TOKEN_BYTES = 32

# Standard Webhooks 1.0.0, "Signature scheme": 24 to 64 random bytes in base64, with this before them.
SECRET_PREFIX = "whsec_"
MIN_SECRET, MAX_SECRET = 24, 64
SECRET_BYTES = 32
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")


class SecretLost(Exception):
    """A sealed secret that this ``SECRET_KEY`` does not open."""


def make_token():
    """43 characters that an address takes as they are."""
    return base64.urlsafe_b64encode(os.urandom(TOKEN_BYTES)).rstrip(b"=").decode("ascii")


def hash_token(token):
    """What is kept of a token. Without salt: nobody guesses 256 random bits, and it has to be found by an index."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def make_secret():
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode("ascii")


def key_of(secret):
    """The bytes that a secret, ``whsec_<base64>``, stands for; raises `ValueError` for what is none."""
    encoded = secret[len(SECRET_PREFIX):]
    if not secret.startswith(SECRET_PREFIX) or not BASE64.match(encoded):
        raise ValueError("whsec_ and base64 behind it")
    try:
        key = base64.b64decode(encoded.encode("ascii"))
    except (binascii.Error, TypeError):  # TypeError is Python 2.7's.
        raise ValueError("base64 that something is missing of")
    if not MIN_SECRET <= len(key) <= MAX_SECRET:
        raise ValueError("%d to %d bytes, and not %d" % (MIN_SECRET, MAX_SECRET, len(key)))
    return key


# cryptography is read where it is used: it costs each process 30 to 90 ms of its start, and few ever seal.

def seal(secret):
    return _fernet().encrypt(secret.encode("ascii")).decode("ascii")


def unseal(sealed):
    """Raises `SecretLost`."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet().decrypt(sealed.encode("ascii")).decode("ascii")
    except InvalidToken:
        raise SecretLost("It was sealed under another SECRET_KEY.")


def _fernet():
    from cryptography.fernet import Fernet
    from cryptography.hazmat.backends import default_backend
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    # A key of its own (RFC 5869), so that what is signed by SECRET_KEY elsewhere tells nothing of this one.
    derived = HKDF(SHA256(), 32, salt=None, info=b"chartroom.webhooks.secret", backend=default_backend())
    return Fernet(base64.urlsafe_b64encode(derived.derive(force_bytes(settings.SECRET_KEY))))
