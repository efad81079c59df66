"""Publishes what is due: timers, and messages for later."""
from __future__ import unicode_literals
