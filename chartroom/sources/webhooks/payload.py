# coding: utf-8
"""
What a delivery's body says: Slack's ``{"text": …}``, or an event of the
Standard Webhooks specification, ``{"type": …, "timestamp": …, "data": {…}}``.
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

# What pages show of a delivery, and the most characters of it.
SHOWN = (("type", 64), ("status", 32), ("version", 64), ("environment", 64), ("url", 2000))
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f]+\Z", re.IGNORECASE)


def read(body, content_type):
    """
    ``(text, data)`` of a body (bytes): what is said, and the rest of it, a dict or None.

    Raises `Rejected` (422).
    """
    payload = _parse(_json_text(body, content_type))
    text = _text(payload)
    shown = _shown(payload)
    rest = {key: value for key, value in payload.items() if key != "text" and not _is_shown(key, value, shown)}
    if not rest:
        return text, shown or None
    # Under a key of its own: what a sender calls "removed" is not what chartroom calls so.
    data = dict(shown, payload=rest)
    return text, data if _fits(data) else dict(shown, incomplete=True)


def _json_text(body, content_type):
    # A text that begins like this is no form, whatever is said of it: curl -d says it of everything.
    if content_type == FORM and not body.lstrip().startswith(b"{"):
        try:
            text = QueryDict(body, encoding="utf-8").get("payload")
        except SuspiciousOperation:  # More fields than Django's settings allow.
            text = None
        if text is None:
            raise Rejected(422, "bad_body", "payload: the form has no such field, which holds the JSON.")
        return text
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected(422, "bad_body", "The body is no UTF-8.")


def _parse(text):
    try:
        payload = json.loads(text, parse_int=values.bounded_int, parse_constant=values.no_constant)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep.
        raise Rejected(422, "bad_body", "The body is not JSON, or has numbers or nesting beyond all use.")
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
    """Of a Standard Webhooks event: its type, and what its data say in words."""
    kind, data = payload.get("type"), payload.get("data")
    if not isinstance(kind, six.text_type) or not kind.strip():
        raise Rejected(422, "bad_body", 'text: a string is required, or "type" of a Standard Webhooks event.')
    said = data.get("text") or data.get("message") if isinstance(data, dict) else None
    if not isinstance(said, six.text_type) or not said.strip():
        return kind
    text = "%s: %s" % (kind, said)
    # Nobody wrote this text to be one, and all of it is in the data too.
    return text if len(text) <= limits.MAX_TEXT else values.LONE_SURROGATE.sub("", text[:limits.MAX_TEXT - 1]) + "…"


def _shown(payload):
    """{key: short text} of `SHOWN`, out of the payload itself or its ``data``; what is none is passed over."""
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
    """A text on one line, or None for what is none or too long."""
    if not isinstance(value, six.text_type) or not values.is_clean(value):
        return None
    value = " ".join(value.split())
    return value if values.count_characters(value) <= most else None


def _is_shown(key, value, shown):
    return key in shown and isinstance(value, six.text_type) and " ".join(value.split()) == shown[key]


def _fits(data):
    """Whether each reader can be told it, for as long as the message is kept."""
    try:
        values.check_data(data)
    except FrameError:
        return False
    return True
