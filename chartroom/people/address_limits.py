"""
What one address may do, all its users and sessions together: a session costs an attacker nothing.

Refusals are logged, at most once a minute for each kind, with their number.
"""
from __future__ import unicode_literals

import logging

from django.utils.translation import ugettext as _
from monotonic import monotonic

from chartroom.conf import conf
from chartroom.errors import FrameError
from chartroom.people import ratelimit
from chartroom.people.identity import BadName
from chartroom.wire import protocol

logger = logging.getLogger(__name__)

LOG_EVERY = 60  # seconds

MESSAGES, ROOMS, GUESTS = "messages", "new rooms", "new guests"


def take_messages(sender, address, wanted):
    """
    Take up to ``wanted`` messages from the allowance of the sender and of the address (text; empty: unknown, not
    limited). Return ``(granted, retry_after)``, as `ratelimit.take`.
    """
    granted, retry_after = ratelimit.take(sender or "address:" + address, wanted, conf.RATE_LIMIT)
    by_address, wait = _take(MESSAGES, address, granted, conf.SENDS_PER_ADDRESS)
    return (granted, retry_after) if by_address == granted else (by_address, wait)


def check_new_room(address, ids=()):
    """Raise `FrameError` if the address has created too many rooms. ``ids``: those of the messages that would create it."""
    granted, retry_after = _take(ROOMS, address, 1, conf.ROOMS_PER_ADDRESS)
    if not granted:
        raise FrameError(protocol.RATE_LIMITED, "Too many new rooms from your address: wait, and send these again.", ids, retry_after)


def check_new_guest(address):
    """Raise `BadName` if too many guests came from the address."""
    granted, retry_after = _take(GUESTS, address, 1, conf.GUESTS_PER_ADDRESS)
    if not granted:
        raise BadName(_("Too many new guests from your network. Try again in %d seconds.") % (retry_after + 1))


def _take(kind, address, wanted, limit):
    if not address or not wanted:
        return wanted, 0
    granted, retry_after = ratelimit.take("%s of an address:%s" % (kind, address), wanted, limit)
    if granted < wanted:
        refusals.add(kind, address, wanted - granted)
    return granted, retry_after


class Refusals(object):
    """Counts what was refused, and logs it."""

    def __init__(self, clock=monotonic):
        self._clock = clock
        self._counts = {}
        self._logged_at = {}

    def add(self, kind, address, count):
        self._counts[kind] = self._counts.get(kind, 0) + count
        if self._clock() - self._logged_at.get(kind, -LOG_EVERY) >= LOG_EVERY:
            logger.warning("Refused %d %s, by the limits of an address; the last ones of %s.", self._counts.pop(kind), kind, address)
            self._logged_at[kind] = self._clock()


refusals = Refusals()
