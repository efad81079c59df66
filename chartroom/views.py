"""The pages of the rooms, and a room's messages as JSON for programs."""
from __future__ import unicode_literals

import six
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.utils.translation import ugettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from chartroom import history, page_text, pages, permissions, protocol
from chartroom.conf import conf
from chartroom.errors import Refused
from chartroom.models import DEFAULT_NAMESPACE, Room, is_room_name, sender_tag
from chartroom.permissions import BadName

ROOMS_ON_A_PAGE = 50
LAST_PAGE = 99999


@never_cache
@require_GET
def room_list(request):
    """Rooms, most recently talked in first: one page, and a search by name."""
    identity = permissions.identify(request.user, request.session)
    if identity.guest and not conf.GUESTS:
        return redirect_to_login(request.get_full_path())

    wanted = request.GET.get("q", "").strip()
    complaint = None
    if wanted and request.GET.get("go") is not None:
        if is_room_name(wanted):
            return redirect("chartroom:room", name=wanted)
        complaint = _("A room's name has up to 64 letters, digits, hyphens and underscores.")
    rooms = Room.objects.filter(namespace=DEFAULT_NAMESPACE)
    if wanted:
        rooms = rooms.filter(name__istartswith=wanted)
    page = _page_number(request)
    found = _last_talked_in_first(rooms, (page - 1) * ROOMS_ON_A_PAGE, ROOMS_ON_A_PAGE + 1)
    visible = [
        room for room in found[:ROOMS_ON_A_PAGE]
        if permissions.may(identity, room.namespace, room.name, permissions.READ)
    ]
    return pages.guarded(render(request, "chartroom/room_list.html", {
        "rooms": visible, "wanted": wanted, "identity": identity,
        "previous_page": page - 1, "next_page": page + 1 if len(found) > ROOMS_ON_A_PAGE else 0,
        "can_open": conf.OPEN_ROOMS, "complaint": complaint,
        "config": pages.script_json({"sender": sender_tag(identity.sender), "strings": page_text.strings()}),
    }))


def _last_talked_in_first(rooms, start, count):
    """
    ``count`` rooms from ``start`` on, the silent ones last: by a query of their
    own, because PostgreSQL sorts NULL before every time, and SQLite behind.
    """
    talked_in, silent = rooms.filter(last_at__isnull=False), rooms.filter(last_at__isnull=True)
    found = list(talked_in.order_by("-last_at", "-pk")[start:start + count])
    if len(found) < count:
        start = 0 if found else max(0, start - talked_in.count())
        found += silent.order_by("-pk")[start:start + count - len(found)]
    return found


def _page_number(request):
    number = protocol.parse_seq_digits(request.GET.get("page", "1")) or 1
    return min(number, LAST_PAGE)


@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST"])
def room(request, name):
    """A room's page; a POST of ``name`` gives a guest the name that the others see."""
    identity = permissions.identify(request.user, request.session)
    try:
        permissions.check_enter(identity, DEFAULT_NAMESPACE, name)
    except Refused as refused:
        return pages.refused_page(request, refused)

    complaint = None
    if request.method == "POST":
        try:
            permissions.name_guest(request.session, request.POST.get("name", ""))
            return redirect("chartroom:room", name=name)
        except BadName as error:
            complaint = six.text_type(error)

    can_send = permissions.may(identity, DEFAULT_NAMESPACE, name, permissions.SEND)
    origin, policy = pages.socket_origins(request)
    config = {
        "socketOrigin": origin,
        "socketPath": "/%s/%s/" % (DEFAULT_NAMESPACE, name),
        "room": name,
        "storageKey": "%s/%s" % (DEFAULT_NAMESPACE, name),
        "sender": sender_tag(identity.sender),
        "author": identity.author,
        "strings": page_text.strings(),
    }
    return pages.guarded(render(request, "chartroom/room.html", {
        "name": name, "identity": identity, "named": bool(identity.sender), "can_send": can_send,
        "complaint": complaint,
        "config": pages.script_json(config), "max_guest_name": permissions.MAX_GUEST_NAME,
    }), policy)


# For programs

@never_cache
@require_GET
@pages.answers_json
def messages(request, name):
    """
    One page of a room's messages as JSON.

    ``?since=n``: what follows n, oldest first, with ``complete``;
    ``?before=n``: what stands before n, with ``more``; neither: the newest.
    ``?limit=n`` makes the page smaller.
    """
    identity = permissions.identify(request.user, request.session)
    permissions.check_enter(identity, DEFAULT_NAMESPACE, name)
    opened = Room.objects.filter(namespace=DEFAULT_NAMESPACE, name=name).first()
    if opened is None and not conf.OPEN_ROOMS:
        raise Refused(protocol.CLOSE_NOT_FOUND, "no such room")

    since, before = _number(request, "since"), _number(request, "before")
    limit = _number(request, "limit")
    if since is not None and before is not None:
        raise Refused(protocol.CLOSE_BAD_REQUEST, "since or before, not both")

    # A room that nobody has entered yet is an empty one.
    room_id = opened.pk if opened else 0
    answer = {"room": name, "seq": opened.last_seq if opened else 0}
    if since is not None:
        answer["messages"], answer["complete"] = history.after(room_id, since, limit)
    else:
        before = protocol.MAX_SEQ if before is None else before
        answer["messages"], answer["more"] = history.before(room_id, before, limit)
    return answer


def _number(request, name):
    value = request.GET.get(name)
    if value is None:
        return None
    number = protocol.parse_seq_digits(value)
    if number is None:
        raise Refused(protocol.CLOSE_BAD_REQUEST, "%s is no sequence number" % name)
    return number
