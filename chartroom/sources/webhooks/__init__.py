"""Takes what other programs deliver over HTTP."""
from __future__ import unicode_literals
