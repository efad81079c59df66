"""
Guests' names in a room: two guests who are there at the same time do not look alike.

A name is claimed in Django's cache while its guest is there. Another guest of that name is called "Bo (2)" meanwhile.
"""
from __future__ import unicode_literals

import hashlib
import logging

from django.core.cache import cache

from chartroom.conf import conf
from chartroom.models import GUEST_SENDER
from chartroom.people import names

logger = logging.getLogger(__name__)

HEARTBEATS = 3  # without a ping for that many, a guest is no longer there
MOST = 100  # guests with the same name in one room who get different names


def name_in(namespace, room, identity):
    """
    Return the name (text) that a guest has in a room, and claim it, or renew the claim. For others than
    guests, it is that of the `Identity`.
    """
    if not identity.sender.startswith(GUEST_SENDER):
        return identity.author
    try:
        for number in range(1, MOST + 1):
            name = identity.author if number == 1 else "%s (%d)" % (identity.author, number)
            if _claim(namespace, room, name, identity.sender):
                return name
    except Exception as error:  # Each cache backend has its own exceptions.
        logger.warning("The cache is unavailable: guests may have the same name. %s: %s", type(error).__name__, error)
    return identity.author


def renew(namespace, room, name, sender):
    """Renew the claim of a guest to ``name``, as returned by `name_in`."""
    if sender.startswith(GUEST_SENDER):
        try:
            _claim(namespace, room, name, sender)
        except Exception as error:
            logger.debug("A claim to a name was not renewed: %s", error)


def _claim(namespace, room, name, sender):
    seconds = HEARTBEATS * conf.HEARTBEAT
    keys = [_key(namespace, room, skeleton) for skeleton in sorted(names.skeletons(name))]
    for key in keys:
        if not cache.add(key, sender, seconds) and cache.get(key) != sender:
            return False
    for key in keys:
        cache.set(key, sender, seconds)
    return True


def _key(namespace, room, skeleton):
    # Hashed, because cache keys are ASCII and short.
    text = "%s/%s/%s" % (namespace, room, skeleton)
    return "chartroom.name." + hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]
