"""
Closes the sockets of users who may not have them any more, without any frame from the client.

`rundaphne` sends the data that a consumer gave with its accept (see `accept`) back on
`CHANNEL`, every few seconds for each open socket: see `chartroom.transport.rechecks`.
With another interface server a socket is only rechecked with the frames of its client
(`may_stay`).
"""
from __future__ import unicode_literals

import hashlib
import logging
import time
from collections import namedtuple

import six
from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.db import InterfaceError, OperationalError
from django.utils.encoding import force_text

from chartroom.conf import conf
from chartroom.people.identity import sender_of
from chartroom.people.standing import Standing
from chartroom.rooms.broadcast import send_content
from chartroom.sockets import sessions
from chartroom.wire import protocol
from chartroom.wire.values import is_clean, is_reply_channel

logger = logging.getLogger(__name__)

CHANNEL = "websocket.recheck"  # as in `chartroom.transport.rechecks`, which nothing here imports

# ``is_allowed(data, user) -> bool``: the permission, for a user (None for a guest) whose standing is valid;
# ``leave(reply_channel, here)``: undoes what the connect did, with the dict of the session, which has just ended;
# ``keys``: those of ``data`` that ``is_allowed`` reads, a frozenset.
Kind = namedtuple("Kind", "is_allowed leave keys")

KINDS = {}  # {name: Kind}


def register(name, is_allowed, leave, keys):
    """Make a kind of sockets known, at the import of its consumers."""
    KINDS[name] = Kind(is_allowed, leave, frozenset(keys))


def data(kind, sender, session, **more):
    """What a recheck needs of a socket (dict): its kind, its sender, the key of its session, and ``more`` of the kind's own."""
    key = session.session_key if session is not None else None
    values = dict(more, kind=kind, sender=sender, session=key and force_text(key))
    # On Python 2.7, the names of keyword arguments and a cookie's value are bytes, and a layer would leave them so.
    return {force_text(name): value for name, value in values.items()}


def accept(reply_channel, data, **content):
    """Accept a socket with a reply that has ``content`` and, if its interface server rechecks it, what that takes."""
    layer = channel_layers[DEFAULT_CHANNEL_LAYER]
    if hasattr(layer, "rechecks") and layer.rechecks(reply_channel):
        content["recheck"] = {"tags": _tags(data), "data": data}
    send_content(reply_channel, dict(content, accept=True))


def _tags(data):
    tags = [tag_of_kind(data["kind"])] + ([tag_of_sender(data["sender"])] if data["sender"] else [])
    if data["session"] is not None:
        tags.append(tag_of_session(data["session"]))
    return tags


def tag_of_kind(kind):
    """Of all sockets of a kind: "room" or "tail"."""
    return "kind:" + kind


def tag_of_sender(sender):
    return "sender:" + sender


def tag_of_user(user):
    return tag_of_sender(sender_of(user))


def tag_of_session(key):
    return "session:" + hashlib.sha256(key.encode("utf-8")).hexdigest()


# With rundaphne

def recheck(message):
    """The consumer of `CHANNEL`."""
    entries = message.content.get("sockets")
    entries = entries if isinstance(entries, list) else [None]
    sockets = [entry for entry in entries if _is_readable(entry)]
    if len(sockets) < len(entries):
        logger.error("Skipped %d of %d sockets on %s that can't be rechecked.", len(entries) - len(sockets), len(entries), CHANNEL)
    try:
        codes = close_codes([data for _, data in sockets])
    except (OperationalError, InterfaceError) as error:
        logger.warning("The database was unavailable: %d sockets are rechecked later: %s", len(sockets), error)
        return
    for (reply_channel, data), code in zip(sockets, codes):
        if code is not None:
            close(reply_channel, data, code)


def _is_readable(entry):
    """Whether an entry is a reply channel and a dict of `data`: any code in the project can send to the channel, or another version."""
    if not isinstance(entry, (list, tuple)) or len(entry) != 2 or not is_reply_channel(entry[0]):
        return False
    data = entry[1]
    return (
        isinstance(data, dict) and all(_is_plain(name) for name in data) and all(_is_plain(value) for value in data.values())
        and data.get("kind") in KINDS and KINDS[data["kind"]].keys <= set(data)
        and isinstance(data.get("sender"), six.text_type)
        and (data.get("session") is None or isinstance(data["session"], six.text_type)))


def _is_plain(value):
    if isinstance(value, six.text_type):
        return is_clean(value)
    return value is None or isinstance(value, six.integer_types)  # bool too


def close_codes(datas):
    """
    For each of the datas, the close code of its socket, or None if it may stay: 4401 if its
    user or session has ended, 4403 if the permission has. Two queries, and one call of the permission function
    for each different pair of sender and room.
    """
    standing = Standing((data["sender"], data["session"]) for data in datas)
    known = {}
    codes = []
    for data in datas:
        key = tuple(sorted((name, value) for name, value in data.items() if name != "author"))
        if key not in known:
            known[key] = _code(data, standing)
        codes.append(known[key])
    return codes


def _code(data, standing):
    if not standing.is_valid(data["sender"], data["session"]):
        return protocol.CLOSE_LOG_IN
    try:
        is_allowed = KINDS[data["kind"]].is_allowed(data, standing.user(data["sender"]))
    except Exception:
        # A fault of the project's function must not close everybody's sockets.
        logger.exception("The permission of an open socket could not be checked: it stays open.")
        return None
    return None if is_allowed else protocol.CLOSE_FORBIDDEN


def close(reply_channel, data, code):
    """Closes a socket for good: frames that are still on their way find no session."""
    here = sessions.end(reply_channel)
    if here is not None:
        KINDS[data["kind"]].leave(reply_channel, here)
    send_content(reply_channel, {"close": code})


# With any interface server

def may_stay(reply_channel, here):
    """
    Check a socket that has sent a frame, at most once per heartbeat. ``here``: its session's
    dict, with ``recheck`` (see `data`) and ``asked``, the time of the last check. If it may not
    stay, close it and return False.
    """
    if "recheck" not in here:
        # From an older version.
        send_content(reply_channel, {"close": protocol.CLOSE_RESTART})
        return False
    now = time.time()
    # A clock that was set back would otherwise postpone the check.
    if 0 <= now - here["asked"] < conf.HEARTBEAT:
        return True
    [code] = close_codes([here["recheck"]])
    if code is not None:
        close(reply_channel, here["recheck"], code)
        return False
    sessions.change(reply_channel, dict(here, asked=now))
    return True


# At once

def request(tags, close=None):
    """
    Have the open sockets with one of the tags rechecked at once, or, with a code, closed. Without
    `chartroom.transport`, they are rechecked with their clients' next frames.
    """
    layer = channel_layers[DEFAULT_CHANNEL_LAYER]
    if hasattr(layer, "recheck_sockets"):
        layer.recheck_sockets(tags, close)
