"""
Consumers of the three WebSocket channels. They parse frames, check permissions and
send submissions to ``chat-messages``; they never write to the message table.

A client uses JSON frames (`connect`, `receive`) or plain text with one message per
frame (`plain_connect`, `plain_receive`). `disconnect` is for both.
"""
from __future__ import unicode_literals

import functools
import logging
import time
import uuid

import six
from channels.auth import http_session_user
from django.db import InterfaceError, OperationalError

from chartroom.conf import conf
from chartroom.errors import FrameError, Refused
from chartroom.models import DEFAULT_NAMESPACE, SOURCE_SOCKET, WIRE_JSON, WIRE_PLAIN, Room, sender_tag
from chartroom.people import address_limits, addresses, permissions, room_names
from chartroom.people.identity import Identity, identify
from chartroom.rooms import awaited, epochs, history, membership, store
from chartroom.rooms.broadcast import error_texts, send, send_content
from chartroom.rooms.submissions import Submission
from chartroom.sockets import recheck, sessions
from chartroom.sockets.answers import answers_always, query_value
from chartroom.sockets.origin import OwnOriginOnly
from chartroom.wire import client_frames, protocol, server_frames, values

logger = logging.getLogger(__name__)

LOBBY = "lobby"
BUSY_RETRY_AFTER = 1
ROOM = "room"  # the kind of these sockets, for `recheck`


# Connecting

@answers_always
@OwnOriginOnly
@http_session_user
def connect(message, room, namespace=DEFAULT_NAMESPACE):
    """A client with JSON frames. ``?since=<seq>`` requests the messages after that number."""
    since = _since(message)
    identity, opened, here = _enter(message, namespace, room, WIRE_JSON)

    if opened is None:
        # Nobody has written in the room yet: it is created by the first message.
        wires, complete, seq, epoch = [], True, 0, epochs.NO_ROOM
    else:
        wires, complete = (history.newest(opened), True) if since is None else history.after(opened.pk, since)
        # A complete page ends with the room's last message. An empty one means that none was stored since the room was loaded.
        seq = _last_seq(opened.pk) if not complete else wires[-1]["seq"] if wires else opened.last_seq
        epoch = epochs.epoch_of(opened)
    you = {"author": identity.author, "sender": sender_tag(identity.sender), "guest": identity.guest}
    recheck.accept(message.reply_channel.name, here["recheck"], text=server_frames.welcome(
        namespace=here["namespace"], room=here["name"], epoch=epoch, you=you, seq=seq,
        messages=wires, complete=complete, heartbeat=conf.HEARTBEAT,
    ))


@answers_always
@OwnOriginOnly
@http_session_user
def plain_connect(message, room, namespace=DEFAULT_NAMESPACE):
    """A client with plain text, which is sent new messages only, and no other frames."""
    _, _, here = _enter(message, namespace, room, WIRE_PLAIN)
    recheck.accept(message.reply_channel.name, here["recheck"])


def lobby_connect(message):
    """Every other socket: ``/`` is the lobby in plain text, other paths are closed with 4404."""
    if message.content.get("path") == "/":
        plain_connect(message, room=LOBBY)
    else:
        send_content(message.reply_channel.name, {"accept": True, "close": protocol.CLOSE_NOT_FOUND})


def _since(message):
    """The query string's ``since`` (int), or None; raises `Refused` if it is not a sequence number."""
    digits = query_value(message, "since")
    if digits is None:
        return None
    since = values.parse_seq_digits(digits)
    if since is None:
        raise Refused(protocol.CLOSE_BAD_REQUEST, "since is not a sequence number")
    return since


def _enter(message, namespace, name, wire):
    """
    Add a socket to a room; return ``(identity, room, session dict)``, with None for a room that does not exist
    yet, or raise `Refused`.

    The order prevents two races. The session is saved before the socket joins
    the group, because a broadcast to the group accepts the socket, and its first
    frame may then arrive before this function returns. The socket joins the group
    before the history is read, so that a message stored in between arrives twice
    instead of not at all.
    """
    identity = identify(message.user, message.http_session)
    permissions.check_enter(identity, namespace, name)
    reply_channel = message.reply_channel.name
    room = store.find_room(namespace, name)
    if room is not None:
        namespace, name = room.namespace, room.name
    identity = identity._replace(author=room_names.name_in(namespace, name, identity))

    here = {
        "room": None if room is None else room.pk, "namespace": namespace, "name": name, "wire": wire,
        "sender": identity.sender, "author": identity.author, "guest": identity.guest,
        "address": addresses.of_message(message), "asked": time.time(),
        "recheck": recheck.data(
            ROOM, identity.sender, message.http_session, namespace=namespace, name=name,
            author=identity.author, guest=identity.guest),
    }
    sessions.begin(reply_channel, here)
    _join(reply_channel, here)
    if room is not None:
        return identity, room, here
    here = awaited.find(reply_channel, here)
    return identity, here["room"] and Room.objects.get(pk=here["room"]), here


def _join(reply_channel, here):
    """Add a socket to the group of its room, or of those who wait for it; or renew its membership."""
    if here["room"] is None:
        awaited.join(here["namespace"], here["name"], here["wire"], reply_channel)
    else:
        membership.join(here["room"], here["wire"], reply_channel)


# Receiving

def in_room(consumer):
    """
    Call ``consumer(message, here)`` with the data that `_enter` stored in the session.

    If the session is lost (its store was emptied), the socket is closed with 1012:
    only a new connection can identify its user again.
    """
    @functools.wraps(consumer)
    def inner(message, **kwargs):
        here = sessions.read(message.reply_channel.name)
        if here is None:
            send_content(message.reply_channel.name, {"close": protocol.CLOSE_RESTART})
            return
        try:
            if recheck.may_stay(message.reply_channel.name, here):
                if here["room"] is None:
                    here = awaited.find(message.reply_channel.name, here)
                consumer(message, here)
        except FrameError as error:
            _send_errors(message, here, [error])
        except (OperationalError, InterfaceError) as error:
            # A worker keeps its database connection open; a broken one is replaced after this message.
            logger.warning("The database was unavailable for a frame in room %s: %s", here["room"], error)
            _send_errors(message, here, [FrameError(
                protocol.BUSY, "The database is unavailable: try again.", retry_after=BUSY_RETRY_AFTER)])
        except Exception:
            logger.exception("A frame in room %s could not be handled.", here["room"])
            _send_errors(message, here, [FrameError(protocol.SERVER_ERROR, "The frame could not be handled.")])
    return inner


@in_room
def receive(message, here):
    """A JSON frame: see `client_frames.parse`."""
    text = message.content.get("text")
    if text is None:
        raise FrameError(protocol.BAD_FRAME, "Binary frames are not supported: send JSON text.")
    frame = client_frames.parse(text)
    HANDLERS[type(frame)](message, here, frame)


@in_room
def plain_receive(message, here):
    """A plain text frame is one message. Its id is created here, so a client that retries sends a second message."""
    text = message.content.get("text")
    if text is None:
        raise FrameError(protocol.BAD_FRAME, "Binary frames are not supported: send text.")
    id = six.text_type(uuid.uuid4().hex)
    _submit(message, here, client_frames.Send([client_frames.Outgoing(id, values.parse_text(text, id))], []))


def _submit(message, here, frame):
    """Send the valid messages within the rate limit to ``chat-messages``, and errors for the others to the client."""
    refused = list(frame.refused)
    ids = [outgoing.id for outgoing in frame.messages]
    identity = _identity(here)
    permissions.check_send(identity, here["namespace"], here["name"], ids)

    # The last messages of the frame are refused, so that retrying them preserves the order.
    granted, retry_after = address_limits.take_messages(here["sender"], here["address"], len(ids))
    if granted < len(ids):
        refused.append(FrameError(
            protocol.RATE_LIMITED, "Too many messages: wait, and send these again.", ids[granted:], retry_after))

    if granted:
        if here["room"] is None:
            address_limits.check_new_room(here["address"], ids)
            store.open_room(here["namespace"], here["name"])
            here = awaited.find(message.reply_channel.name, here)
        submission = Submission(
            room=here["room"], source=SOURCE_SOCKET, sender=identity.sender, author=identity.author,
            entries=frame.messages[:granted], reply_channel=message.reply_channel.name, wire=here["wire"],
        )
        try:
            submission.send()
        except message.channel_layer.ChannelFull:
            refused.append(FrameError(
                protocol.BUSY, "The pipeline is full: send these again.", submission.ids, BUSY_RETRY_AFTER))
    _send_errors(message, here, refused)


def _catch_up(message, here, frame):
    wires, complete = history.after(here["room"], frame.since) if here["room"] else ([], True)
    send(message.reply_channel.name, server_frames.catch_up(frame.since, wires, complete))


def _history(message, here, frame):
    wires, more = history.before(here["room"], frame.before, frame.limit) if here["room"] else ([], False)
    send(message.reply_channel.name, server_frames.history(frame.before, wires, more))


def _ping(message, here, frame):
    """Renew what would expire, the group membership and the claim to a name, and send the last ``seq``."""
    room_names.renew(here["namespace"], here["name"], here["author"], here["sender"])
    _join(message.reply_channel.name, here)
    send(message.reply_channel.name, server_frames.pong(_last_seq(here["room"])))


HANDLERS = {
    client_frames.Send: _submit,
    client_frames.CatchUp: _catch_up,
    client_frames.History: _history,
    client_frames.Ping: _ping,
}


def _identity(here):
    return Identity(here["sender"], here["author"], here["guest"])


def _last_seq(room_id):
    return Room.objects.filter(pk=room_id).values_list("last_seq", flat=True).first() or 0


def _send_errors(message, here, failures):
    for text in error_texts(failures, here["wire"]):
        send(message.reply_channel.name, text)


# Disconnecting

def disconnect(message, **kwargs):
    here = sessions.end(message.reply_channel.name)
    if here is not None:
        _leave(message.reply_channel.name, here)


def _leave(reply_channel, here):
    if here["room"] is None:
        awaited.leave(here["namespace"], here["name"], here["wire"], reply_channel)
    else:
        membership.leave(here["room"], here["wire"], reply_channel)


# Rechecks

def _is_allowed(data, user):
    return permissions.may(_identity(data), data["namespace"], data["name"], permissions.READ)


recheck.register(ROOM, _is_allowed, _leave, ["namespace", "name", "author", "guest"])
