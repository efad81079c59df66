"""A sender of webhooks, for tests within one process."""
from __future__ import unicode_literals

import base64
import hashlib
import hmac
import json
import time

# The test vector of the specification's reference implementations.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = b"msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_TIMESTAMP = b"1614265330"
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_SIGNATURE = b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def signature(secret, id, timestamp, body):
    """Computed as specified, independently of the code under test; arguments are text."""
    key = base64.b64decode(secret[len("whsec_"):].encode("ascii"))
    content = "%s.%s.%s" % (id, timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, content.encode("utf-8"), hashlib.sha256).digest()).decode("ascii")


def signed_headers(secret, body, id="msg_1", timestamp=None):
    """{header: value} of a signed request."""
    timestamp = "%d" % (time.time() if timestamp is None else timestamp)
    return {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature(secret, id, timestamp, body)}


def deliver(client, address, payload, headers=(), content_type="application/json", **extra):
    """``payload``: a dict as JSON, or text or bytes as they are."""
    body = json.dumps(payload) if isinstance(payload, dict) else payload
    extra.update(("HTTP_" + name.upper().replace("-", "_"), value) for name, value in dict(headers).items())
    return client.post(address, data=body, content_type=content_type, **extra)


def answer_of(response):
    """``(status, its object, or the code of its error)``."""
    value = json.loads(response.content.decode("utf-8"))
    return response.status_code, value["error"]["code"] if "error" in value else value
