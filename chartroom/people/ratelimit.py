"""How much one sender may send, counted in Django's cache for all workers together."""
from __future__ import division, unicode_literals

import hashlib
import logging
import math
import time

from django.core.cache import cache

logger = logging.getLogger(__name__)


def take(sender, wanted, limit):
    """
    Takes up to ``wanted`` messages of the sender's allowance; ``limit``: see `conf.rate`.

    Returns ``(granted, retry_after)``: how many of them may be sent, and the
    seconds until more may (0 where all were granted). The allowance is counted
    in fixed windows, so a burst over the edge of two may reach twice the limit.
    While the cache is away there is none: what is said is worth more than the count.
    """
    if limit is None:
        return wanted, 0
    most, window = limit

    now = time.time()
    key = _key(sender, now // window)
    try:
        cache.add(key, 0, window * 2)
        count = cache.incr(key, wanted)
    except ValueError:  # The key expired, or was evicted, in between.
        return wanted, 0
    except Exception as error:  # Each cache has errors of its own.
        logger.warning("The cache does not count: no limit for now. %s: %s", type(error).__name__, error)
        return wanted, 0

    granted = max(0, min(wanted, most - (count - wanted)))
    # In whole milliseconds upwards: who is told 0 does not wait.
    return granted, 0 if granted == wanted else math.ceil((window - now % window) * 1000) / 1000


def give_back(sender, count, limit):
    """Returns ``count`` messages to the allowance of the current window: what was taken turned out to be harmless."""
    if limit is None:
        return
    try:
        cache.decr(_key(sender, time.time() // limit[1]), count)
    except Exception as error:  # As above; the window is over, or the cache is away.
        logger.debug("Nothing was given back: %s: %s", type(error).__name__, error)


def _key(sender, window):
    # Hashed, because a cache's key has no room for every sender, and is no place for a guest's key.
    return "chartroom.rate.%s.%d" % (hashlib.sha256(sender.encode("utf-8")).hexdigest()[:32], window)
