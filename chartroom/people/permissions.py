"""What an identity may do in a room."""
from __future__ import unicode_literals

from django.contrib.auth import get_user_model

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
    """Raises `Refused`, with the close code, where ``identity`` may not read the room."""
    if not is_room_name(name):
        raise Refused(protocol.CLOSE_NOT_FOUND, "no such room name")
    if identity.guest and not conf.GUESTS:
        raise Refused(protocol.CLOSE_LOG_IN, "no guests here")
    if not may(identity, namespace, name, READ):
        raise Refused(protocol.CLOSE_FORBIDDEN, "not allowed")


def check_send(identity, namespace, name, ids=()):
    """Raises `FrameError` where ``identity`` may not write in the room."""
    if not may(identity, namespace, name, SEND):
        raise FrameError(protocol.FORBIDDEN, "You may not write in this room.", ids)


def is_still_welcome(identity, namespace, name):
    """Whether a socket that was let in may stay: its user may have been barred since."""
    if not identity.guest:
        # Not filtered by is_active: a project's own user model may have it as an attribute alone.
        user = get_user_model()._default_manager.filter(pk=identity.sender.partition(":")[2]).first()
        if user is None or not user.is_active:
            return False
    return may(identity, namespace, name, READ)
