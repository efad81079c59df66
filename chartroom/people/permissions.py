"""What an identity may do in a room."""
from __future__ import unicode_literals

from chartroom.conf import conf
from chartroom.errors import FrameError, Refused
from chartroom.models import is_room_name
from chartroom.wire import protocol

READ = "read"
SEND = "send"


def may(identity, namespace, name, action):
    """Whether ``identity`` may ``READ`` or ``SEND`` in a room."""
    if identity.guest and not conf.GUESTS:
        return False
    if action == SEND and namespace in conf.READ_ONLY:
        return False
    return conf.PERMISSION is None or bool(conf.PERMISSION(identity, namespace, name, action))


def check_enter(identity, namespace, name):
    """Raise `Refused` with a close code if ``identity`` may not read the room."""
    if not is_room_name(name):
        raise Refused(protocol.CLOSE_NOT_FOUND, "invalid room name")
    if identity.guest and not conf.GUESTS:
        raise Refused(protocol.CLOSE_LOG_IN, "guests are not allowed")
    if not may(identity, namespace, name, READ):
        raise Refused(protocol.CLOSE_FORBIDDEN, "not allowed")


def check_send(identity, namespace, name, ids=()):
    """Raise `FrameError` if ``identity`` may not write in the room."""
    if not may(identity, namespace, name, SEND):
        raise FrameError(protocol.FORBIDDEN, "You may not write in this room.", ids)
