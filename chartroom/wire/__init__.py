"""The wire protocol: names, limits and frames. No I/O and no Django."""
from __future__ import unicode_literals
