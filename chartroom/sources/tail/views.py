# coding: utf-8
"""The page that shows log files."""
from __future__ import unicode_literals

from django.utils.translation import ugettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from chartroom.errors import Refused
from chartroom.pages.rendering import render_socket_page
from chartroom.pages.responses import refused_page
from chartroom.sources.tail import files
from chartroom.wire import values

PREFIX = "/tail/"


@never_cache
@ensure_csrf_cookie
@require_GET
def page(request):
    """A list of the files that the user may watch; ``?file=2`` selects one."""
    try:
        files.check_log_in(request.user)
    except Refused as refused:
        return refused_page(request, refused)

    wanted = values.parse_seq_digits(request.GET.get("file", ""))
    return render_socket_page(
        request, "chartroom/tail.html",
        context={"files": files.visible_to(request.user), "wanted": wanted},
        config={"socketPath": PREFIX, "strings": strings()})


def strings():
    """{name in the script: text}; the script replaces ``%s``."""
    return {
        "no_file": _("No file is chosen."),
        "connecting": _("Connecting…"),
        "opening": _("Opening %s…"),
        "watching": _("Watching %s."),
        "stopped": _("Stopped: the connection is closed."),
        "lost": _("The connection is lost. Trying again…"),
        "restarting": _("The server is restarting. One moment…"),
        "offline": _("You are offline. Watching continues when you are back online."),
        "log_in": _("The connection was closed: please log in again."),
        "forbidden": _("The connection was closed: you may not watch this file."),
        "not_found": _("The connection was closed: there is no such file."),
        "no_reader": _("The reader does not answer: is runtail running? Trying again…"),
        "missing": _("The file does not exist yet. Waiting for it…"),
        "not_a_file": _("This is not a regular file, so it is not read."),
        "unreadable": _("The server cannot read this file."),
        "note_missing": _("The file no longer exists"),
        "note_not_a_file": _("This is no longer a regular file"),
        "note_unreadable": _("The file can no longer be read"),
        "note_found": _("The file was found"),
        "note_rotated": _("The file was replaced. The new file starts here"),
        "note_truncated": _("The file was truncated. It starts again here"),
        "skipped_one": _("1 line skipped"),
        "skipped_many": _("%s lines skipped"),
        "skipped_bytes": _("Skipped: %s bytes"),
        "skipped_some": _("Lines may be missing here"),
        "cut": _("… %s bytes left out"),
        "new_one": _("1 new line"),
        "new_many": _("%s new lines"),
        "to_end": _("Continue at the end"),
        "shown": _("%s lines"),
        "matching": _("%s lines match"),
        "most": _("at most %s are kept"),
        "dropped": _("at most %s are kept: the oldest were dropped"),
    }
