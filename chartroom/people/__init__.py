"""Identities, and what they are permitted to do."""
from __future__ import unicode_literals
