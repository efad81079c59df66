"""
Messages for later over HTTP, for the page and for programs with a session: store one,
list the user's waiting ones, cancel one.
"""
from __future__ import unicode_literals

import functools
import json

from django.db import InterfaceError, OperationalError
from django.http import JsonResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache

from chartroom.errors import FrameError, NotPublished, Refused
from chartroom.models import DEFAULT_NAMESPACE, Later, Room
from chartroom.models.schedule import in_utc
from chartroom.pages import responses
from chartroom.people import address_limits, addresses, permissions, room_names
from chartroom.people.identity import identify
from chartroom.rooms import store
from chartroom.sources.retry import set_retry_after
from chartroom.sources.timers import later as later_messages
from chartroom.wire import protocol, server_frames, values

MAX_BODY = 65536  # bytes: enough for the longest text with each character as two JSON escapes

STATUSES = {
    protocol.BAD_FRAME: 400, protocol.FORBIDDEN: 403, protocol.ID_REUSED: 409, protocol.RATE_LIMITED: 429,
    protocol.EMPTY: 422, protocol.TOO_LONG: 422, protocol.TOO_MANY: 422, later_messages.BAD_TIME: 422,
}
TOO_LATE = {
    Later.SENT: "It has been sent already.",
    Later.REFUSED: "It was refused when it was due.",
}


def answers(*methods):
    """Pass the user's identity to a view, and return each refusal as JSON."""
    def decorate(view):
        @never_cache
        @functools.wraps(view)
        def inner(request, name, **kwargs):
            if request.method not in methods:
                response = responses.error_response(405, "method_not_allowed", "Allowed: %s." % ", ".join(methods))
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request, _identify(request, name), name, **kwargs)
            except Refused as refused:
                status, code = responses.STATUSES[refused.close_code]
                return responses.error_response(status, code, refused.detail)
            except (FrameError, NotPublished) as error:
                return set_retry_after(
                    responses.error_response(STATUSES[error.code], error.code, error.detail),
                    getattr(error, "retry_after", None))
            except (OperationalError, InterfaceError):
                return responses.unavailable()
        return inner
    return decorate


def _identify(request, name):
    identity = identify(request.user, request.session)
    permissions.check_enter(identity, DEFAULT_NAMESPACE, name)
    if not identity.sender:
        raise Refused(protocol.CLOSE_LOG_IN, "choose a name, or log in")
    return identity


@answers("GET", "POST")
def later(request, identity, name):
    """
    POST ``{"id", "text", "at"}`` stores a message: 201, or 200 if it exists already. GET
    lists the user's waiting messages in the room.
    """
    if request.method == "POST":
        return _keep(request, identity, name)
    room = _room(name)
    return JsonResponse({
        "room": name,
        "later": [wire(message) for message in later_messages.waiting(room, identity.sender)] if room else [],
    })


def _keep(request, identity, name):
    wanted = _body(request)
    permissions.check_send(identity, DEFAULT_NAMESPACE, name)
    address = addresses.of_request(request)
    granted, retry_after = address_limits.take_messages(identity.sender, address, 1)
    if not granted:
        raise FrameError(protocol.RATE_LIMITED, "Too many messages: wait, and send this one again.", (), retry_after)
    if store.find_room(DEFAULT_NAMESPACE, name) is None:
        address_limits.check_new_room(address)
    kept, is_new = later_messages.keep(
        store.open_room(DEFAULT_NAMESPACE, name), wanted["text"], wanted["at"], values.parse_id(wanted["id"]),
        room_names.name_in(DEFAULT_NAMESPACE, name, identity), identity.sender)
    return JsonResponse(wire(kept), status=201 if is_new else 200)


@answers("POST")
def cancel(request, identity, name, id):
    """200 if the message is cancelled; 409 if it was sent (with its ``seq``) or refused."""
    values.parse_id(id)
    room = _room(name)
    message = room and later_messages.cancel_later(room, id, identity.sender)
    if not message:
        raise Refused(protocol.CLOSE_NOT_FOUND, "you have no message for later with this id in this room")
    if message.state == Later.CANCELLED:
        return JsonResponse(wire(message))
    return JsonResponse(
        {"error": {"code": message.state, "detail": TOO_LATE[message.state], "seq": message.seq}}, status=409)


def wire(message):
    content = {
        "id": message.client_id, "text": message.text, "state": message.state,
        "at": server_frames.moment(in_utc(message.at)),
    }
    if message.seq is not None:
        content["seq"] = message.seq
    return content


def _room(name):
    return Room.objects.named(DEFAULT_NAMESPACE, name)


def _body(request):
    """``{"id", "text", "at"}`` from the body, ``at`` as a datetime; raises `FrameError` or `NotPublished`."""
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise FrameError(protocol.TOO_LONG, "The body has more than %d bytes." % MAX_BODY)
    try:
        wanted = json.loads(body.decode("utf-8"))
    except (ValueError, RuntimeError):  # RuntimeError: nested too deeply.
        raise FrameError(protocol.BAD_FRAME, "The body is not JSON in UTF-8.")
    if not isinstance(wanted, dict):
        raise FrameError(protocol.BAD_FRAME, "The body is not a JSON object.")
    return {"id": wanted.get("id"), "text": wanted.get("text"), "at": _time(wanted.get("at"))}


def _time(value):
    try:
        return parse_datetime(value)
    except (TypeError, ValueError):
        raise NotPublished(later_messages.BAD_TIME, "at: a time such as 2030-05-17T09:00:00+02:00 is required.")
