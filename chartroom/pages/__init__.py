"""The pages of the rooms, and the parts that all pages share."""
from __future__ import unicode_literals
