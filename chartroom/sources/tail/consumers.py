"""
The consumers of ``/tail/<number>/``. They check permissions and parse frames, but open no
file, because a worker may run on another machine: they send commands to `runtail`, which
sends its frames to the sockets itself.
"""
from __future__ import unicode_literals

import logging
import time

from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from channels.auth import http_session_user

from chartroom.conf import conf
from chartroom.errors import FrameError, Refused
from chartroom.people import ratelimit
from chartroom.people.identity import sender_of
from chartroom.rooms.broadcast import send, send_content
from chartroom.sockets import recheck, sessions
from chartroom.sockets.answers import answers_always, query_value
from chartroom.sockets.origin import OwnOriginOnly
from chartroom.sources.tail import commands, files, frames
from chartroom.wire import protocol, server_frames

logger = logging.getLogger(__name__)

TAIL = "tail"  # the kind of these sockets, for `recheck`

# Each frame may make `runtail` read a part of a file. A page with ten files sends one every two seconds.
RATE = 60, 10  # frames of one user, in that many seconds


@answers_always
@OwnOriginOnly
@http_session_user
def connect(message, number):
    """Start watching a file; ``?since=<position>`` requests what was written after that position."""
    since = _since(message)
    file = files.enter(message.user, int(number))
    reply_channel = message.reply_channel.name
    data = recheck.data(TAIL, sender_of(message.user), message.http_session, tail=file.number)
    sessions.begin(reply_channel, {
        "tail": file.number, "user": message.user.pk, "asked": time.time(), "recheck": data})

    # Sent before the command to runtail, whose first frame would otherwise accept the socket.
    recheck.accept(reply_channel, data, text=frames.welcome(file.number, file.label, conf.HEARTBEAT))
    _notify_reader(message, commands.START, file.number, 0, since)


def _since(message):
    position = query_value(message, "since")
    if position is not None and not frames.is_position(position):
        raise Refused(protocol.CLOSE_BAD_REQUEST, "since is not a position")
    return position


def refuse(message):
    """Any other path below ``/tail/``."""
    send_content(message.reply_channel.name, {"accept": True, "close": protocol.CLOSE_NOT_FOUND})


def ignore(message):
    """Frames from a socket that was refused."""


def receive(message, number):
    here = sessions.read(message.reply_channel.name)
    if here is None:
        send_content(message.reply_channel.name, {"close": protocol.CLOSE_RESTART})
        return
    try:
        _check_rate(here)
        frame = _parse(message)
        if recheck.may_stay(message.reply_channel.name, here):
            HANDLERS[type(frame)](message, here, frame)
    except FrameError as error:
        send(message.reply_channel.name, server_frames.error(error))
    except Exception:
        # No error frame is needed: a client without an answer asks again.
        logger.exception("A frame for file %d could not be handled.", here["tail"])


def _check_rate(here):
    granted, retry_after = ratelimit.take("tail:%s" % here["user"], 1, RATE)
    if not granted:
        raise FrameError(protocol.RATE_LIMITED, "Too many frames: wait.", retry_after=retry_after)


def _parse(message):
    text = message.content.get("text")
    if text is None:
        raise FrameError(protocol.BAD_FRAME, "Binary frames are not accepted: send JSON text.")
    return frames.parse(text)


def _start(message, here, frame):
    _notify_reader(message, commands.START, here["tail"], frame.id, frame.position)


def _ping(message, here, frame):
    """Answered here for the connection, and by runtail, if it runs, for the file."""
    send(message.reply_channel.name, frames.pong())
    _notify_reader(message, commands.RENEW, here["tail"])


HANDLERS = {frames.Start: _start, frames.Ping: _ping}


def _notify_reader(message, op, number, id=None, position=None):
    try:
        commands.send(op, number, message.reply_channel.name, id, position)
    except message.channel_layer.ChannelFull:
        # runtail is not receiving; the client reconnects later.
        send_content(message.reply_channel.name, {"close": protocol.CLOSE_TRY_AGAIN})


def disconnect(message, number):
    here = sessions.end(message.reply_channel.name)
    if here is not None:
        _leave(message.reply_channel.name, here)


def _leave(reply_channel, here):
    try:
        commands.send(commands.STOP, here["tail"], reply_channel)
    except channel_layers[DEFAULT_CHANNEL_LAYER].ChannelFull:
        # The watcher no longer renews, so runtail drops it after three heartbeats.
        logger.warning("%s is full: runtail is not notified of a watcher that left.", commands.CHANNEL)


def _is_allowed(data, user):
    return files.is_still_allowed(user, data["tail"])


recheck.register(TAIL, _is_allowed, _leave, ["tail"])
