# coding: utf-8
"""
Parses the body of a delivery: Slack's ``{"text": …}``, or an event of the Standard
Webhooks specification, ``{"type": …, "timestamp": …, "data": {…}}``.
"""
from __future__ import unicode_literals

import json
import re

import six
from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict

from chartroom.errors import FrameError
from chartroom.sources.webhooks.refusals import Rejected
from chartroom.wire import limits, protocol, values

FORM = "application/x-www-form-urlencoded"

# The keys that pages show of a delivery, and the maximum length of each in characters.
SHOWN = (("type", 64), ("status", 32), ("version", 64), ("environment", 64), ("url", 2000))
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f]+\Z", re.IGNORECASE)


def read(body, content_type):
    """
    Return ``(text, data)`` of a body (bytes): the message's text, and the remaining keys,
    a dict or None.

    Raises `Rejected` (422).
    """
    payload = _parse(_json_text(body, content_type))
    text = _text(payload)
    shown = _shown(payload)
    rest = {key: value for key, value in payload.items() if key != "text" and not _is_shown(key, value, shown)}
    if not rest:
        return text, shown or None
    # Under a separate key: a sender's "removed", for example, does not mean what it does in chartroom.
    data = dict(shown, payload=rest)
    return text, data if _fits(data) else dict(shown, incomplete=True)


def _json_text(body, content_type):
    # A body that begins with a brace is not a form, whatever its content type: curl -d sends that for any body.
    if content_type == FORM and not body.lstrip().startswith(b"{"):
        try:
            text = QueryDict(body, encoding="utf-8").get("payload")
        except SuspiciousOperation:  # More fields than Django's settings allow.
            text = None
        if text is None:
            raise Rejected(422, "bad_body", "payload: the form must have this field, with the JSON.")
        return text
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected(422, "bad_body", "The body is not UTF-8.")


def _parse(text):
    try:
        payload = json.loads(text, parse_int=values.bounded_int, parse_constant=values.no_constant)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deeply.
        raise Rejected(422, "bad_body", "The body is not JSON, or has numbers too long or nesting too deep.")
    if not isinstance(payload, dict):
        raise Rejected(422, "bad_body", "The body is not a JSON object.")
    return payload


def _text(payload):
    text = payload.get("text")
    if text is None:
        text = _event_text(payload)
    try:
        return values.parse_text(text, None)
    except FrameError as error:
        raise Rejected(422, "bad_body" if error.code == protocol.BAD_FRAME else error.code, error.detail)


def _event_text(payload):
    """The text of a Standard Webhooks event: its type, and the text or message in its data."""
    kind, data = payload.get("type"), payload.get("data")
    if not isinstance(kind, six.text_type) or not kind.strip():
        raise Rejected(422, "bad_body", 'text: a string is required, or "type" of a Standard Webhooks event.')
    message = data.get("text") or data.get("message") if isinstance(data, dict) else None
    if not isinstance(message, six.text_type) or not message.strip():
        return kind
    text = "%s: %s" % (kind, message)
    if len(text) <= limits.MAX_TEXT:
        return text
    # Cut instead of rejected: it is composed here, and the data has all of it.
    return values.LONE_SURROGATE.sub("", text[:limits.MAX_TEXT - 1]) + "…"


def _shown(payload):
    """{key: text} of the keys in `SHOWN`, from the payload itself or its ``data``; invalid values are skipped."""
    data = payload.get("data")
    shown = {}
    for key, most in SHOWN:
        for holder in [payload, data] if isinstance(data, dict) else [payload]:
            value = _short(holder.get(key), most)
            if value and (key != "url" or WEB_ADDRESS.match(value)):
                shown[key] = value
                break
    return shown


def _short(value, most):
    """The value on one line, or None if it is not a string or is too long."""
    if not isinstance(value, six.text_type) or not values.is_clean(value):
        return None
    value = " ".join(value.split())
    return value if values.count_characters(value) <= most else None


def _is_shown(key, value, shown):
    return key in shown and isinstance(value, six.text_type) and " ".join(value.split()) == shown[key]


def _fits(data):
    """Whether the data can be stored and sent with the message."""
    try:
        values.check_data(data)
    except FrameError:
        return False
    return True
