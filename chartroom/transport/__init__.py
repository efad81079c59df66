"""A transport for Channels 1.x that drops no message silently. It does not depend on the rest of chartroom."""
from __future__ import unicode_literals

default_app_config = "chartroom.transport.apps.TransportConfig"
