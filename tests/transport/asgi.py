"""For stock daphne: ``daphne tests.transport.asgi:channel_layer``."""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (first of all: this starts a process)

import django
from channels.asgi import get_channel_layer

django.setup()
channel_layer = get_channel_layer()
