"""The pages of the rooms, and what every page has in common."""
from __future__ import unicode_literals
