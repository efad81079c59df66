"""The pages of the rooms, and a room's messages as JSON for programs."""
from __future__ import unicode_literals

from collections import namedtuple

import six
from django.contrib.auth.views import redirect_to_login
from django.core.urlresolvers import NoReverseMatch, reverse
from django.shortcuts import redirect
from django.utils.translation import ugettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from chartroom.conf import conf
from chartroom.errors import Refused
from chartroom.models import DEFAULT_NAMESPACE, Feed, Hook, Room, Timer, is_room_name, sender_tag
from chartroom.pages import page_text
from chartroom.pages.rendering import render_page, render_socket_page, room_config
from chartroom.pages.responses import answers_json, refused_page
from chartroom.people import address_limits, addresses, permissions
from chartroom.people.identity import BadName, MAX_GUEST_NAME, identify, name_guest
from chartroom.rooms import epochs, history
from chartroom.wire import limits, protocol, values

ROOMS_ON_A_PAGE = 50
LAST_PAGE = 99999
ROOMS_IN_A_SECTION = 20

# The rooms of a read-only namespace; ``word``: the word for one of them.
Section = namedtuple("Section", "namespace title word rooms has_more")


@never_cache
@require_GET
def room_list(request):
    """
    One page of the rooms, most recently active first, and a search by name. The first
    page also lists live blogs, services and log files.
    """
    identity = identify(request.user, request.session)
    if identity.guest and not conf.GUESTS:
        return redirect_to_login(request.get_full_path())

    wanted = request.GET.get("q", "").strip()
    complaint = None
    if wanted and request.GET.get("go") is not None:
        if is_room_name(wanted):
            return redirect("chartroom:room", name=wanted)
        complaint = _("A room's name has up to 64 letters, digits, hyphens and underscores.")
    page = _page_number(request)
    found = _most_recently_active_first(
        _named(DEFAULT_NAMESPACE, wanted), (page - 1) * ROOMS_ON_A_PAGE, ROOMS_ON_A_PAGE + 1)
    strings = page_text.strings()
    is_first = page == 1
    context = {
        "rooms": _with_sources(_readable(identity, found[:ROOMS_ON_A_PAGE]), strings),
        "sections": _sections(identity, wanted) if is_first else [],
        "logs_url": _address("sources:tail") if is_first and not identity.guest and conf.TAIL_FILES else "",
        "wanted": wanted, "identity": identity,
        "previous_page": page - 1, "next_page": page + 1 if len(found) > ROOMS_ON_A_PAGE else 0,
        "can_open": conf.OPEN_ROOMS, "complaint": complaint,
    }
    config = {"sender": sender_tag(identity.sender), "strings": strings}
    return render_page(request, "chartroom/room_list.html", context, config)


def _named(namespace, wanted):
    rooms = Room.objects.filter(namespace=namespace)
    return rooms.starting_with(wanted) if wanted else rooms


def _readable(identity, rooms):
    return [room for room in rooms if permissions.may(identity, room.namespace, room.name, permissions.READ)]


def _with_sources(rooms, strings):
    """Add ``sources``, those that publish in the room, and their ``words`` to each room; three queries in total."""
    ids = [room.pk for room in rooms]
    rooms_by_source = [
        (source, set(rows.filter(room__in=ids).values_list("room", flat=True).distinct()))
        for source, rows in (
            ("feed", Feed.objects.all()),
            ("webhook", Hook.objects.filter(is_active=True)),
            ("timer", Timer.objects.filter(is_active=True)),
        )
    ]
    for room in rooms:
        room.epoch = epochs.epoch_of(room)
        room.sources = [source for source, its_rooms in rooms_by_source if room.pk in its_rooms]
        room.words = ", ".join(strings["source_" + source] for source in room.sources)
    return rooms


def _sections(identity, wanted):
    """Return each `Section` that has rooms, with their ``address``. Rooms whose page the project does not include are left out."""
    sections = []
    for namespace, title, word in (("blog", _("Live blogs"), _("live blog")), ("deploy", _("Services"), _("service"))):
        # A room without messages was created in the admin.
        active = _named(namespace, wanted).filter(last_at__isnull=False).order_by("-last_at", "-pk")
        found = list(active[:ROOMS_IN_A_SECTION + 1])
        rooms = _readable(identity, found[:ROOMS_IN_A_SECTION])
        for room in rooms:
            room.epoch = epochs.epoch_of(room)
            room.address = _address("sources:stream", namespace=namespace, name=room.name)
        rooms = [room for room in rooms if room.address]
        if rooms:
            sections.append(Section(namespace, title, word, rooms, len(found) > ROOMS_IN_A_SECTION))
    return sections


def _address(view_name, **kwargs):
    """Return the URL, or an empty string if the project does not include the page or the arguments do not match it."""
    try:
        return reverse(view_name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


def _most_recently_active_first(rooms, start, count):
    """
    Return ``count`` rooms from ``start``, those without messages last. They have a separate
    query, because PostgreSQL sorts NULL before all times, and SQLite after them.
    """
    active, silent = rooms.filter(last_at__isnull=False), rooms.filter(last_at__isnull=True)
    found = list(active.order_by("-last_at", "-pk")[start:start + count])
    if len(found) < count:
        start = 0 if found else max(0, start - active.count())
        found += silent.order_by("-pk")[start:start + count - len(found)]
    return found


def _page_number(request):
    number = values.parse_seq_digits(request.GET.get("page", "1")) or 1
    return min(number, LAST_PAGE)


@never_cache
@ensure_csrf_cookie
@require_http_methods(["GET", "POST"])
def room(request, name):
    """A room's page. A POST with ``name`` sets the name of a guest."""
    identity = identify(request.user, request.session)
    try:
        permissions.check_enter(identity, DEFAULT_NAMESPACE, name)
    except Refused as refused:
        return refused_page(request, refused)

    complaint = None
    if request.method == "POST":
        try:
            if not identity.sender:
                address_limits.check_new_guest(addresses.of_request(request))
            name_guest(request.session, request.POST.get("name", ""))
            return redirect("chartroom:room", name=name)
        except BadName as error:
            complaint = six.text_type(error)

    return render_socket_page(
        request, "chartroom/room.html",
        context={
            "name": name, "identity": identity, "named": bool(identity.sender),
            "can_send": permissions.may(identity, DEFAULT_NAMESPACE, name, permissions.SEND),
            "complaint": complaint, "max_guest_name": MAX_GUEST_NAME,
        },
        config=room_config(DEFAULT_NAMESPACE, name, identity, page_text.strings()))


# For programs

@never_cache
@require_GET
@answers_json
def messages(request, name):
    """
    One page of a room's messages as JSON, oldest first.

    ``?since=n``: the messages after n, with ``complete``; ``?before=n``: the messages
    before n, with ``more``; neither: the newest, with ``more``. ``?limit=n`` makes the
    page smaller.
    """
    identity = identify(request.user, request.session)
    permissions.check_enter(identity, DEFAULT_NAMESPACE, name)
    opened = Room.objects.named(DEFAULT_NAMESPACE, name)
    if opened is None and not conf.OPEN_ROOMS:
        raise Refused(protocol.CLOSE_NOT_FOUND, "no such room")

    since, before = _number(request, "since"), _number(request, "before")
    limit = _number(request, "limit")
    if since is not None and before is not None:
        raise Refused(protocol.CLOSE_BAD_REQUEST, "since or before, not both")

    # A room that does not exist yet is shown as an empty one.
    room_id = opened.pk if opened else 0
    answer = {
        "room": name, "seq": opened.last_seq if opened else 0,
        "epoch": epochs.epoch_of(opened) if opened else epochs.NO_ROOM,
    }
    if since is not None:
        answer["messages"], answer["complete"] = history.after(room_id, since, limit)
    else:
        before = limits.MAX_SEQ if before is None else before
        answer["messages"], answer["more"] = history.before(room_id, before, limit)
    return answer


def _number(request, name):
    value = request.GET.get(name)
    if value is None:
        return None
    number = values.parse_seq_digits(value)
    if number is None:
        raise Refused(protocol.CLOSE_BAD_REQUEST, "%s is not a sequence number" % name)
    return number
