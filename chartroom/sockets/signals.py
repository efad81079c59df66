"""
What changes a user's rights has an effect on open sockets at once. Everything else, such as
a changed permission or an expired session, has one with the next recheck, after a few seconds.
"""
from __future__ import unicode_literals

import logging

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import m2m_changed, post_delete, post_save

from chartroom.rooms.on_commit import on_commit
from chartroom.sockets import recheck
from chartroom.wire import protocol

logger = logging.getLogger(__name__)


def connect():
    """Called when all apps are loaded."""
    user = get_user_model()
    user_logged_out.connect(logged_out, dispatch_uid="chartroom.sockets.signals")
    post_save.connect(user_saved, sender=user, dispatch_uid="chartroom.sockets.signals")
    post_delete.connect(user_deleted, sender=user, dispatch_uid="chartroom.sockets.signals")
    for name in ("groups", "user_permissions"):
        if hasattr(user, name):
            m2m_changed.connect(
                rights_changed, sender=getattr(user, name).through, dispatch_uid="chartroom.sockets.signals." + name)


def logged_out(sender, request, **kwargs):
    key = getattr(request, "session", None) and request.session.session_key
    if key:
        _request([recheck.tag_of_session(key)], close=protocol.CLOSE_LOG_IN)


def user_saved(sender, instance, created, update_fields=None, **kwargs):
    # Each log-in saves this field.
    if not created and set(update_fields or ()) != {"last_login"}:
        _recheck_user(instance)


def user_deleted(sender, instance, **kwargs):
    _recheck_user(instance)


def rights_changed(sender, instance, action, reverse, **kwargs):
    # From a group's side, `instance` is the group: its users wait for the next round.
    if action.startswith("post_") and not reverse:
        _recheck_user(instance)


def _recheck_user(user):
    tags = [recheck.tag_of_user(user)]
    on_commit(lambda: _request(tags))


def _request(tags, close=None):
    try:
        recheck.request(tags, close)
    except Exception as error:  # A layer raises many types.
        # Neither a log-out nor the saving of a user may fail because of it.
        logger.warning("Open sockets could not be reached (%s): they are rechecked within seconds.", error)
