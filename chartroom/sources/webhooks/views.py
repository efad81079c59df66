"""
Accepts a delivery: ``POST /hooks/<token>/``. The response is 200 when its message is
stored, and otherwise an error with the reason.
"""
from __future__ import unicode_literals

import hashlib
import logging
import re
import time

import six
from django.db import InterfaceError, OperationalError, transaction
from django.http import JsonResponse
from django.utils.encoding import force_text
from django.views.decorators.csrf import csrf_exempt

from chartroom import publish
from chartroom.conf import conf
from chartroom.people import ratelimit
from chartroom.sources.retry import RETRY_AFTER
from chartroom.sources.webhooks import hooks, keys, payload, signatures
from chartroom.sources.webhooks.redaction import without_token
from chartroom.sources.webhooks.refusals import Rejected
from chartroom.wire import protocol

logger = logging.getLogger(__name__)

SOURCE = "webhook"
LENGTH = re.compile(r"[0-9]{1,18}\Z")
USABLE_ID = re.compile(br"[\x21-\x7e]{1,64}\Z")


@csrf_exempt
# With ATOMIC_REQUESTS the response would be created before the commit.
@transaction.non_atomic_requests
@without_token
def deliver(request, token_hash):
    try:
        id, seq = _accept(request, token_hash)
    except Rejected as rejected:
        return rejected.response()
    except (OperationalError, InterfaceError) as error:
        logger.error("A delivery could not be stored (%s): the sender is asked to retry.", error)
        return Rejected(503, "busy", "The message could not be stored now.", RETRY_AFTER).response()
    except Exception:
        # Caught here rather than by Django, whose reports show local variables that contain the URL.
        logger.exception("A delivery failed.")
        return Rejected(500, "server_error", "An internal error occurred and was logged.").response()
    return JsonResponse({"id": id, "seq": seq})


def _accept(request, token_hash):
    """Store the delivery; return the ``id`` and ``seq`` of its message. The cheapest checks come first."""
    if request.method != "POST":
        raise Rejected(405, "method_not_allowed", "Deliveries are sent by POST.", allow="POST")
    hook = hooks.find_hook(token_hash)
    if hook is None:
        raise Rejected(404, "not_found", "There is no such webhook, or it is no longer active.")
    _check_rate(hook)

    body = _body(request)
    headers = signatures.Headers(*[_header(request, name) for name in ("ID", "TIMESTAMP", "SIGNATURE")])
    if hook.sealed_secret:
        signatures.check(_key(hook), headers, body, time.time())
    text, data = payload.read(body, _content_type(request))

    hooks.record_use(hook)
    return _store(hook, _message_id(headers.id), text, data)


def _check_rate(hook):
    granted, retry_after = ratelimit.take("hook:%d" % hook.pk, 1, conf.HOOK_RATE_LIMIT)
    if not granted:
        raise Rejected(429, "rate_limited", "Too many deliveries: wait, and send this one again.", retry_after)


def _body(request):
    """
    The body, of which no more than the allowed size is read. Not ``request.body``, which
    has its own limit and responds with an HTML page.
    """
    most = conf.HOOK_MAX_BODY
    length = _content_length(request)
    if length is not None and length > most:
        raise _too_large(most)
    try:
        body = request.read(most + 1)
    except IOError:  # The sender has disconnected.
        body = b""
    if len(body) > most:
        raise _too_large(most)
    if length is not None and len(body) != length:
        raise Rejected(400, "bad_length", "Content-Length: the body is shorter.")
    if not body and "HTTP_TRANSFER_ENCODING" in request.META:
        # Django does not read chunked bodies, which WSGI does not support.
        raise Rejected(411, "length_required", "Content-Length is required.")
    return body


def _content_length(request):
    """Bytes, or None if the header is missing."""
    digits = force_text(request.META.get("CONTENT_LENGTH") or "")
    if digits and not LENGTH.match(digits):
        raise Rejected(400, "bad_length", "Content-Length: a number is required.")
    return int(digits) if digits else None


def _too_large(most):
    return Rejected(413, "too_large", "The body has more than %d bytes." % most)


def _content_type(request):
    return request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()


def _header(request, name):
    """The bytes of ``webhook-<name>`` as sent: Python 3 and daphne decode them as Latin-1."""
    value = request.META.get("HTTP_WEBHOOK_" + name, "").strip()
    return value.encode("latin-1") if isinstance(value, six.text_type) else value


def _key(hook):
    try:
        return keys.key_of(hooks.secret_of(hook))
    except keys.SecretLost as lost:
        logger.error(
            "The secret of webhook %d (%s) can't be decrypted: %s Set the sender's secret, or a new one, in the admin.",
            hook.pk, hook.name, lost)
        # Not 401: the request is correct, and a later retry may be accepted.
        raise Rejected(500, "server_error", "This webhook's signatures can't be checked now.")


def _message_id(header):
    """The message's id. A retry has the same header, and so is the same message. None if there is no header."""
    if not header:
        return None
    return header.decode("ascii") if USABLE_ID.match(header) else six.text_type(hashlib.sha256(header).hexdigest())


def _store(hook, id, text, data):
    row = publish.message_row(text, id, SOURCE, data, hook.name, hook.sender)
    row.room = hook.room
    [outcome] = publish.publish_rows([row])
    if outcome.error is not None:
        raise _rejection(outcome.error)
    return row.client_id, outcome.message.seq


def _rejection(error):
    if error.code == protocol.FORBIDDEN:
        return Rejected(404, "not_found", error.detail)
    return Rejected(422, error.code, "webhook-id: " + error.detail)
