"""Who somebody is, and what they may do."""
from __future__ import unicode_literals
