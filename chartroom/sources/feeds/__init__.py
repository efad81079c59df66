"""Reads feeds, and tells of their entries."""
from __future__ import unicode_literals
