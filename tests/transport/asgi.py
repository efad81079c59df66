"""For stock daphne: ``daphne tests.transport.asgi:channel_layer``."""
from __future__ import unicode_literals

import django
from channels.asgi import get_channel_layer

django.setup()
channel_layer = get_channel_layer()
