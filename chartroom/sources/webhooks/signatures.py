"""
Signed deliveries, as specified by Standard Webhooks 1.0.0:
"Signature scheme", "Webhook headers" and "Verifying signatures".
"""
from __future__ import unicode_literals

import base64
import hashlib
import hmac
import re
from collections import namedtuple

from django.utils.crypto import constant_time_compare

from chartroom.sources.webhooks.refusals import Rejected

TOLERANCE = 300  # seconds between the sender's clock and the server's, either way
VERSION = b"v1,"
TIMESTAMP = re.compile(br"[0-9]{1,12}\Z")

# Bytes, as received; empty if the header is missing.
Headers = namedtuple("Headers", "id timestamp signature")


def sign(key, id, timestamp, body):
    """Return the signature, ``v1,<base64>``; arguments and result are bytes."""
    digest = hmac.new(key, b".".join([id, timestamp, body]), hashlib.sha256).digest()
    return VERSION + base64.b64encode(digest)


def check(key, headers, body, now):
    """
    Raise `Rejected` (401) unless the body is signed with ``key`` within the tolerance around ``now``.

    One valid signature is sufficient: a sender that changes its secret sends several.
    Signatures of other versions are ignored.
    """
    if not all(headers):
        raise Rejected(401, "unsigned", "webhook-id, webhook-timestamp and webhook-signature are required.")
    if not TIMESTAMP.match(headers.timestamp):
        raise Rejected(401, "bad_timestamp", "webhook-timestamp: whole seconds since 1970 are required.")
    if abs(now - int(headers.timestamp)) > TOLERANCE:
        raise Rejected(401, "bad_timestamp", "webhook-timestamp: more than %d s from the server's time." % TOLERANCE)

    expected = sign(key, headers.id, headers.timestamp, body)
    # A list, not a generator: every signature is compared, so the duration does not depend on which one matches.
    if not any([constant_time_compare(given, expected) for given in headers.signature.split()]):
        raise Rejected(401, "bad_signature", "webhook-signature: no signature matches this webhook's secret.")
