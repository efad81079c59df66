"""
Signed deliveries, as the Standard Webhooks specification (1.0.0) has them:
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

TOLERANCE = 300  # seconds between the sender's clock and ours, either way
VERSION = b"v1,"
TIMESTAMP = re.compile(br"[0-9]{1,12}\Z")

# Bytes, as they came; empty where they did not.
Headers = namedtuple("Headers", "id timestamp signature")


def sign(key, id, timestamp, body):
    """``v1,<base64>``; all of it bytes."""
    digest = hmac.new(key, b".".join([id, timestamp, body]), hashlib.sha256).digest()
    return VERSION + base64.b64encode(digest)


def check(key, headers, body, now):
    """
    Raises `Rejected` (401) for what is not signed by ``key`` within the tolerance around ``now``.

    One right signature is enough: there are several while a sender changes its
    secret. Those of another version count for nothing.
    """
    if not all(headers):
        raise Rejected(401, "unsigned", "webhook-id, webhook-timestamp and webhook-signature are required.")
    if not TIMESTAMP.match(headers.timestamp):
        raise Rejected(401, "bad_timestamp", "webhook-timestamp: whole seconds since 1970 are required.")
    if abs(now - int(headers.timestamp)) > TOLERANCE:
        raise Rejected(401, "bad_timestamp", "webhook-timestamp: more than %d s from the time here." % TOLERANCE)

    right = sign(key, headers.id, headers.timestamp, body)
    if not any([constant_time_compare(given, right) for given in headers.signature.split()]):
        raise Rejected(401, "bad_signature", "webhook-signature: none in it is of this webhook's secret.")
