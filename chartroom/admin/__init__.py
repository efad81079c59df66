"""The admin's pages, one file for each kind of row."""
from __future__ import unicode_literals

from chartroom.admin import rooms  # noqa: F401
