# coding: utf-8
"""Pages of rooms that are only read: newest first, each kind of message with its own style."""
from __future__ import unicode_literals

from django.utils.translation import ugettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chartroom.conf import conf
from chartroom.errors import Refused
from chartroom.models import Room
from chartroom.pages import page_text
from chartroom.pages.rendering import render_socket_page, room_config
from chartroom.pages.responses import refused_page
from chartroom.people import permissions
from chartroom.people.identity import identify
from chartroom.wire import protocol


@never_cache
@require_GET
def page(request, namespace, name):
    """The page of a live blog or of a service, which may wait for the first entry."""
    identity = identify(request.user, request.session)
    try:
        permissions.check_enter(identity, namespace, name)
        if not conf.OPEN_ROOMS and Room.objects.named(namespace, name) is None:
            raise Refused(protocol.CLOSE_NOT_FOUND, "no such room")
    except Refused as refused:
        return refused_page(request, refused)

    return render_socket_page(
        request, "chartroom/stream.html",
        context={"name": name, "namespace": namespace, "identity": identity},
        config=room_config(namespace, name, identity, strings()))


def strings():
    """As `page_text.strings`, for readers who do not write."""
    return dict(
        page_text.strings(),
        offline=_("You are offline. New entries will be shown when you are back online."),
        not_found=_("There is no such page."),
        new_one=_("1 new entry"),
        new_many=_("%s new entries"),
        newest=_("Jump to the newest entry"),
        nothing=_("There are no entries yet. New entries appear here automatically."),
        beginning=_("There are no older entries."),
        loading=_("Loading older entries…"),
        edited=_("edited"),
        show_all=_("Show all"),
        status_ok=_("succeeded"),
        status_failed=_("failed"),
        status_running=_("running"),
    )
