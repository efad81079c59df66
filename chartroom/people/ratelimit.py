"""Rate limits per sender, counted in Django's cache and so shared by all workers."""
from __future__ import division, unicode_literals

import hashlib
import logging
import math
import time

from django.core.cache import cache

logger = logging.getLogger(__name__)


def take(sender, wanted, limit):
    """
    Take up to ``wanted`` messages from the sender's allowance; ``limit``: see `conf.rate`.

    Return ``(granted, retry_after)``: how many of them may be sent, and the
    seconds until more are allowed (0 if all were granted). Messages are counted
    in fixed windows, so a burst across two of them may reach twice the limit.
    There is no limit while the cache is unavailable: messages matter more.
    """
    if limit is None:
        return wanted, 0
    most, window = limit

    now = time.time()
    key = _key(sender, now // window)
    try:
        count = _count(key, wanted, window)
    except ValueError:  # The key expired or was evicted meanwhile.
        return wanted, 0
    except Exception as error:  # Each cache backend has its own exceptions.
        logger.warning("The cache is unavailable: rate limits are not applied. %s: %s", type(error).__name__, error)
        return wanted, 0

    granted = max(0, min(wanted, most - (count - wanted)))
    # Rounded up to milliseconds, because a client does not wait if this is 0.
    return granted, 0 if granted == wanted else math.ceil((window - now % window) * 1000) / 1000


def _count(key, wanted, window):
    """One round trip, except for the first messages in a window."""
    try:
        return cache.incr(key, wanted)
    except ValueError:
        cache.add(key, 0, window * 2)
        return cache.incr(key, wanted)


def give_back(sender, count, limit):
    """Return ``count`` messages to the allowance of the current window, for attempts that should not count."""
    if limit is None:
        return
    try:
        cache.decr(_key(sender, time.time() // limit[1]), count)
    except Exception as error:  # As above: the window is over, or the cache is unavailable.
        logger.debug("The allowance was not restored: %s: %s", type(error).__name__, error)


def _key(sender, window):
    # Hashed, because a sender may be too long for a cache key, and a guest's key must not be readable there.
    return "chartroom.rate.%s.%d" % (hashlib.sha256(sender.encode("utf-8")).hexdigest()[:32], window)
