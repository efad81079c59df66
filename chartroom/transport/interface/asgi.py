"""The project's default channel layer, by the name that daphne's command line takes."""
from __future__ import unicode_literals

from channels.asgi import get_channel_layer

channel_layer = get_channel_layer()
