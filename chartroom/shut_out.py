"""For projects: closes the open sockets of a user, or of a session, at once."""
from __future__ import unicode_literals

from chartroom.sockets import recheck
from chartroom.wire import protocol


def shut_out(user):
    """
    Close all open sockets of ``user`` with 4401: rooms and log files, of all interface servers.

    First remove what lets the user in (``is_active``, the permission, the sessions), since the
    page tries to reconnect once. Without this function, sockets of users who lost these are
    closed within `CHARTROOM_INTERFACE`'s ``RECHECK_EVERY`` seconds. Raises ``redis.RedisError``
    if the channel layer is unavailable. Has no effect on layers other than `chartroom.transport`'s.
    """
    recheck.request([recheck.tag_of_user(user)], close=protocol.CLOSE_LOG_IN)
