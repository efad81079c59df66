"""
Messages for later over HTTP, for the page and for programs with a session:
keep one, list one's own that wait, cancel one.
"""
from __future__ import unicode_literals

import functools
import json
import math

from django.db import InterfaceError, OperationalError
from django.http import JsonResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache

from chartroom.conf import conf
from chartroom.errors import FrameError, NotPublished, Refused
from chartroom.models import DEFAULT_NAMESPACE, Later, Room
from chartroom.models.schedule import in_utc
from chartroom.pages import responses
from chartroom.people import permissions, ratelimit
from chartroom.people.identity import identify
from chartroom.rooms import store
from chartroom.sources.timers import later as later_messages
from chartroom.wire import protocol, server_frames, values

MAX_BODY = 65536  # bytes: the longest text, each character as two escapes of JSON, fits in
RETRY_AFTER = 5   # seconds, while the database is away

STATUSES = {
    protocol.BAD_FRAME: 400, protocol.FORBIDDEN: 403, protocol.ID_REUSED: 409, protocol.RATE_LIMITED: 429,
    protocol.EMPTY: 422, protocol.TOO_LONG: 422, protocol.TOO_MANY: 422, later_messages.BAD_TIME: 422,
}
TOO_LATE = {
    Later.SENT: "It has been sent already.",
    Later.REFUSED: "It has been refused when its time had come.",
}


def answers(*methods):
    """Gives a view the caller's identity, and each refusal an answer in JSON."""
    def decorate(view):
        @never_cache
        @functools.wraps(view)
        def inner(request, name, **kwargs):
            if request.method not in methods:
                response = responses.error_response(405, "method_not_allowed", "Taken here: %s." % ", ".join(methods))
                response["Allow"] = ", ".join(methods)
                return response
            try:
                return view(request, _identify(request, name), name, **kwargs)
            except Refused as refused:
                status, code = responses.STATUSES[refused.close_code]
                return responses.error_response(status, code, refused.detail)
            except (FrameError, NotPublished) as error:
                return _with_retry_after(
                    responses.error_response(STATUSES[error.code], error.code, error.detail),
                    getattr(error, "retry_after", None))
            except (OperationalError, InterfaceError):
                return _with_retry_after(
                    responses.error_response(503, protocol.BUSY, "The database is away: try again."), RETRY_AFTER)
        return inner
    return decorate


def _with_retry_after(response, seconds):
    if seconds is not None:
        # Whole seconds (RFC 7231, section 7.1.3), and not too few of them.
        response["Retry-After"] = "%d" % math.ceil(seconds)
    return response


def _identify(request, name):
    identity = identify(request.user, request.session)
    permissions.check_enter(identity, DEFAULT_NAMESPACE, name)
    if not identity.sender:
        raise Refused(protocol.CLOSE_LOG_IN, "choose a name, or log in")
    return identity


@answers("GET", "POST")
def later(request, identity, name):
    """
    A POST of ``{"id", "text", "at"}`` is kept: 201, and 200 for one that is there
    already. A GET lists one's own of this room that wait.
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
    granted, retry_after = ratelimit.take(identity.sender, 1, conf.RATE_LIMIT)
    if not granted:
        raise FrameError(protocol.RATE_LIMITED, "Too many messages: wait, and send this one again.", (), retry_after)
    kept, is_new = later_messages.keep(
        store.open_room(DEFAULT_NAMESPACE, name), wanted["text"], wanted["at"], values.parse_id(wanted["id"]),
        identity.author, identity.sender)
    return JsonResponse(wire(kept), status=201 if is_new else 200)


@answers("POST")
def cancel(request, identity, name, id):
    """200 where it does not wait any more and was not sent; 409 where it was, with its ``seq``."""
    values.parse_id(id)
    room = _room(name)
    message = room and later_messages.cancel_later(room, id, identity.sender)
    if not message:
        raise Refused(protocol.CLOSE_NOT_FOUND, "you have no message for later by this id here")
    if message.state == Later.CANCELLED:
        return JsonResponse(wire(message))
    return JsonResponse(
        {"error": {"code": message.state, "detail": TOO_LATE[message.state], "seq": message.seq}}, status=409)


def wire(message):
    known = {
        "id": message.client_id, "text": message.text, "state": message.state,
        "at": server_frames.moment(in_utc(message.at)),
    }
    if message.seq is not None:
        known["seq"] = message.seq
    return known


def _room(name):
    return Room.objects.filter(namespace=DEFAULT_NAMESPACE, name=name).first()


def _body(request):
    """``{"id", "text", "at"}`` out of the body, ``at`` as a datetime; raises `FrameError`."""
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise FrameError(protocol.TOO_LONG, "The body has more than %d bytes." % MAX_BODY)
    try:
        wanted = json.loads(body.decode("utf-8"))
    except (ValueError, RuntimeError):  # Nesting beyond the interpreter's limit is the latter.
        raise FrameError(protocol.BAD_FRAME, "The body is not JSON in UTF-8.")
    if not isinstance(wanted, dict):
        raise FrameError(protocol.BAD_FRAME, "The body is not a JSON object.")
    return {"id": wanted.get("id"), "text": wanted.get("text"), "at": _time(wanted.get("at"))}


def _time(value):
    try:
        return parse_datetime(value)
    except (TypeError, ValueError):
        raise NotPublished(later_messages.BAD_TIME, "at: a time such as 2030-05-17T09:00:00+02:00 is required.")
