"""For daphne: ``daphne project.asgi:channel_layer``."""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (first: patches Django for newer Pythons)
import security_backports  # noqa: F401 (fixes published vulnerabilities)

import os

from channels.asgi import get_channel_layer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

channel_layer = get_channel_layer()
