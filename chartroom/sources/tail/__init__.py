"""Shows the ends of files as they grow: live only, nothing of it is stored."""
from __future__ import unicode_literals
