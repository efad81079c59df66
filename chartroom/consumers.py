"""
The consumers on the three websocket channels: parse, permit, and put a
submission onto ``chat-messages``. They never write to the message table.

A room speaks JSON frames (`connect`, `receive`) or plain text, one message a
frame (`plain_connect`, `plain_receive`); both leave by `disconnect`.
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
from chartroom.people import permissions, ratelimit
from chartroom.people.identity import Identity, identify
from chartroom.rooms import history, membership, store
from chartroom.rooms.broadcast import error_texts, send, send_content
from chartroom.rooms.submissions import Submission
from chartroom.sockets import sessions
from chartroom.sockets.answers import answers_always, query_value
from chartroom.sockets.origin import OwnOriginOnly
from chartroom.wire import client_frames, protocol, server_frames, values

logger = logging.getLogger(__name__)

LOBBY = "lobby"
BUSY_RETRY_AFTER = 1


# Connecting

@answers_always
@OwnOriginOnly
@http_session_user
def connect(message, room, namespace=DEFAULT_NAMESPACE):
    """A reader of a room in JSON frames; ``?since=<seq>`` asks for what came after it."""
    since = _since(message)
    identity, opened = _enter(message, namespace, room, WIRE_JSON)

    if since is None:
        wires, complete = history.newest(opened), True
    else:
        wires, complete = history.after(opened.pk, since)
    # What is complete ends with the room's last message; where nothing came, none was stored since the room was read.
    seq = _last_seq(opened.pk) if not complete else wires[-1]["seq"] if wires else opened.last_seq
    you = {"author": identity.author, "sender": sender_tag(identity.sender), "guest": identity.guest}
    send_content(message.reply_channel.name, {"accept": True, "text": server_frames.welcome(
        namespace=opened.namespace, room=opened.name, epoch=opened.pk, you=you, seq=seq,
        messages=wires, complete=complete, heartbeat=conf.HEARTBEAT,
    )})


@answers_always
@OwnOriginOnly
@http_session_user
def plain_connect(message, room, namespace=DEFAULT_NAMESPACE):
    """A reader of a room in plain text: live messages only, no frame but theirs."""
    _enter(message, namespace, room, WIRE_PLAIN)
    send_content(message.reply_channel.name, {"accept": True})


def lobby_connect(message):
    """Every other socket: on the bare path the lobby, in plain text; elsewhere nothing (4404)."""
    if message.content.get("path") == "/":
        plain_connect(message, room=LOBBY)
    else:
        send_content(message.reply_channel.name, {"accept": True, "close": protocol.CLOSE_NOT_FOUND})


def _since(message):
    """The query string's ``since`` (int), or None; raises `Refused` for what is no sequence number."""
    digits = query_value(message, "since")
    if digits is None:
        return None
    since = values.parse_seq_digits(digits)
    if since is None:
        raise Refused(protocol.CLOSE_BAD_REQUEST, "since is no sequence number")
    return since


def _enter(message, namespace, name, wire):
    """
    Lets a socket into a room: ``(identity, room)``, or raises `Refused`.

    The order closes two races. The session is saved before the group is
    joined: a broadcast that reaches a member accepts its socket, and then its
    first frame may be here before this has ended. The group is joined before
    the history is read: what is stored in between comes twice, not never.
    """
    identity = identify(message.user, message.http_session)
    permissions.check_enter(identity, namespace, name)
    room = store.open_room(namespace, name)

    sessions.begin(message.reply_channel.name, {
        "room": room.pk, "namespace": room.namespace, "name": room.name, "wire": wire,
        "sender": identity.sender, "author": identity.author, "guest": identity.guest,
        "address": (message.content.get("client") or [""])[0], "asked": time.time(),
    })
    membership.join(room.pk, wire, message.reply_channel.name)
    return identity, room


# Receiving

def in_room(consumer):
    """
    Calls ``consumer(message, here)`` with what `_enter` put into the session.

    A session that is gone (its store was emptied) ends the socket with 1012:
    who it was can only be told again by a new connection.
    """
    @functools.wraps(consumer)
    def inner(message, **kwargs):
        here = sessions.read(message.reply_channel.name)
        if here is None:
            send_content(message.reply_channel.name, {"close": protocol.CLOSE_RESTART})
            return
        try:
            if _may_stay(message, here):
                consumer(message, here)
        except FrameError as error:
            _tell(message, here, [error])
        except (OperationalError, InterfaceError) as error:
            # A worker keeps its connection; one that broke meanwhile is replaced after this message.
            logger.warning("The database did not answer a frame in room %d: %s", here["room"], error)
            _tell(message, here, [FrameError(
                protocol.BUSY, "The database is away: ask again.", retry_after=BUSY_RETRY_AFTER)])
        except Exception:
            logger.exception("A frame in room %d could not be handled.", here["room"])
            _tell(message, here, [FrameError(protocol.SERVER_ERROR, "The frame could not be handled.")])
    return inner


def _may_stay(message, here):
    """
    False, and the socket closed, for somebody who was barred since: asked once in
    a heartbeat, and not for each frame.
    """
    now = time.time()
    if now - here["asked"] < conf.HEARTBEAT:
        return True
    if not permissions.is_still_welcome(_identity(here), here["namespace"], here["name"]):
        membership.leave(here["room"], here["wire"], message.reply_channel.name)
        send_content(message.reply_channel.name, {"close": protocol.CLOSE_FORBIDDEN})
        return False
    sessions.change(message.reply_channel.name, dict(here, asked=now))
    return True


@in_room
def receive(message, here):
    """A JSON frame: see `client_frames.parse`."""
    text = message.content.get("text")
    if text is None:
        raise FrameError(protocol.BAD_FRAME, "Binary frames are not taken: send JSON text.")
    frame = client_frames.parse(text)
    HANDLERS[type(frame)](message, here, frame)


@in_room
def plain_receive(message, here):
    """A plain text frame is a message; it gets its id here, so a client's second try is a second message."""
    text = message.content.get("text")
    if text is None:
        raise FrameError(protocol.BAD_FRAME, "Binary frames are not taken: send text.")
    id = six.text_type(uuid.uuid4().hex)
    _submit(message, here, client_frames.Send([client_frames.Outgoing(id, values.parse_text(text, id))], []))


def _submit(message, here, frame):
    """Puts what is good and granted of a `client_frames.Send` onto ``chat-messages``; tells of the rest."""
    refused = list(frame.refused)
    ids = [outgoing.id for outgoing in frame.messages]
    identity = _identity(here)
    permissions.check_send(identity, here["namespace"], here["name"], ids)

    # The refused are the last of the frame, so that a sender who tries them again keeps its order.
    granted, retry_after = ratelimit.take(
        here["sender"] or "address:" + here["address"], len(ids), conf.RATE_LIMIT)
    if granted < len(ids):
        refused.append(FrameError(
            protocol.RATE_LIMITED, "Too many messages: wait, and send these again.", ids[granted:], retry_after))

    if granted:
        submission = Submission(
            room=here["room"], source=SOURCE_SOCKET, sender=identity.sender, author=identity.author,
            entries=frame.messages[:granted], reply_channel=message.reply_channel.name, wire=here["wire"],
        )
        try:
            submission.send()
        except message.channel_layer.ChannelFull:
            refused.append(FrameError(
                protocol.BUSY, "The pipeline is full: send these again.", submission.ids, BUSY_RETRY_AFTER))
    _tell(message, here, refused)


def _catch_up(message, here, frame):
    wires, complete = history.after(here["room"], frame.since)
    send(message.reply_channel.name, server_frames.catch_up(frame.since, wires, complete))


def _history(message, here, frame):
    wires, more = history.before(here["room"], frame.before, frame.limit)
    send(message.reply_channel.name, server_frames.history(frame.before, wires, more))


def _ping(message, here, frame):
    """Renews what would otherwise run out."""
    membership.join(here["room"], here["wire"], message.reply_channel.name)
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


def _tell(message, here, failures):
    for text in error_texts(failures, here["wire"]):
        send(message.reply_channel.name, text)


# Disconnecting

def disconnect(message, **kwargs):
    here = sessions.end(message.reply_channel.name)
    if here is not None:
        membership.leave(here["room"], here["wire"], message.reply_channel.name)
