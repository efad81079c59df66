"""A transport for Channels 1.x that drops nothing in silence. It knows nothing of rooms."""
from __future__ import unicode_literals

default_app_config = "chartroom.transport.apps.TransportConfig"
