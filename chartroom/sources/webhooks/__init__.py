"""Accepts the deliveries of other programs over HTTP, and publishes them in rooms."""
from __future__ import unicode_literals
