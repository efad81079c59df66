"""What goes over the wire: names, limits, frames. No I/O and no Django."""
from __future__ import unicode_literals
