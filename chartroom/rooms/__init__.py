"""Rooms and their messages: stored, read back, broadcast."""
from __future__ import unicode_literals
