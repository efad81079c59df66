"""Polls RSS and Atom feeds, and publishes their entries in rooms."""
from __future__ import unicode_literals
