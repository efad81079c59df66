"""For daphne: ``daphne benchmarks.naive.asgi:channel_layer``."""
from __future__ import unicode_literals

import os

from channels.asgi import get_channel_layer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.naive.settings")

channel_layer = get_channel_layer()
