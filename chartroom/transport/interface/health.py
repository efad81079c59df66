# coding: utf-8
"""
``/health/live`` and ``/health/ready``, which the interface server answers itself, without a worker: a load balancer
or a process manager asks whether this process runs, and whether it can serve sockets.
"""
from __future__ import unicode_literals

import json

LIVE, READY = b"/health/live", b"/health/ready"
REDIS, DRAINING = "redis", "draining"  # what may fail

OK, UNAVAILABLE = 200, 503
CONTENT_TYPE = b"application/json"


def answer(path, failing):
    """
    ``(status, body)`` for the path (bytes) of a request, and None for any other path. ``failing``: a
    function that returns the names of what fails.
    """
    if path == LIVE:
        return OK, _body([])
    if path == READY:
        names = failing()
        return UNAVAILABLE if names else OK, _body(names)
    return None


def failing(links, is_open):
    """
    The names of what fails. ``links``: each `Link` that the process needs, None for one that is not made
    yet; ``is_open``: False when it drains.
    """
    names = [] if is_open else [DRAINING]
    if any(link is None or link.connection is None for link in links):
        names.append(REDIS)
    return names


def _body(names):
    # As chartroom's pages answer: a stranger learns no more than the names.
    return json.dumps({"ok": not names, "failing": names}, sort_keys=True).encode("ascii") + b"\n"
