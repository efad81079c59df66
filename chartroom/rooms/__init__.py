"""Stores, loads and broadcasts the messages of rooms."""
from __future__ import unicode_literals
