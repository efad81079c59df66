"""
A room's epoch: the number by which a client recognizes that its messages are of another history.

It differs after a room was deleted and created again, and after the database was restored from a backup:
then the next messages get numbers that clients know other messages by.
"""
from __future__ import unicode_literals

from monotonic import monotonic

from chartroom.models import Restoration

NO_ROOM = 0  # of a room that does not exist yet

STEP = 2 ** 32  # more than there are rooms; times a generation (20 bits), still an exact number in JavaScript
KEPT = 1.0  # seconds for which a process does not ask again whether the database was restored

_kept = {}


def epoch_of(room):
    return generation() * STEP + room.pk


def generation():
    """Which history the database has: 0, or the number of the last `Restoration`."""
    if monotonic() - _kept.get("at", -KEPT) >= KEPT:
        _kept["generation"] = Restoration.objects.order_by("-pk").values_list("generation", flat=True).first() or 0
        _kept["at"] = monotonic()
    return _kept["generation"]


def forget():
    """Ask the database next time."""
    _kept.clear()
