"""The admin's pages, one file for each kind of row."""
from __future__ import unicode_literals

from chartroom.admin import feeds, hooks, rooms, timers  # noqa: F401
