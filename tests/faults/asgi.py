"""For stock daphne."""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (first of all: this starts a process)

from channels.asgi import get_channel_layer

channel_layer = get_channel_layer()
