"""A transport for Channels 1.x that drops no message silently. It does not depend on the rest of chartroom."""
from __future__ import unicode_literals

# That of chartroom, of which this package imports nothing.
VERSION = "0.1.0"

default_app_config = "chartroom.transport.apps.TransportConfig"
