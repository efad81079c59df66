"""The project's default channel layer, as a dotted path for daphne's command line."""
from __future__ import unicode_literals

from channels.asgi import get_channel_layer

channel_layer = get_channel_layer()
