"""The admin, one module per kind of model."""
from __future__ import unicode_literals

from chartroom.admin import feeds, hooks, rooms, timers  # noqa: F401
