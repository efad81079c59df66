"""A project that has the transport and nothing else of ours, for the tests' processes."""
from __future__ import unicode_literals

import json
import os

from chartroom.transport import interfaces
from chartroom.transport.interface import link

SECRET_KEY = "of no use"
INSTALLED_APPS = os.environ.get("APPS", "chartroom.transport,channels").split(",")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CHANNEL_LAYERS = {"default": {
    "BACKEND": os.environ.get("LAYER", "chartroom.transport.layers.RedisChannelLayer"),
    "ROUTING": "tests.transport.consumers.routing",
    "CONFIG": {
        "hosts": os.environ.get("REDIS_URL", "redis://127.0.0.1:1/0").split(" "),
        "capacity": int(os.environ.get("CAPACITY", 5000)),
    },
}}
# As JSON, for what the variables above don't say.
CHANNEL_LAYERS["default"]["CONFIG"].update(json.loads(os.environ.get("LAYER_CONFIG", "{}")))
if "asgi_redis" not in CHANNEL_LAYERS["default"]["BACKEND"]:
    CHANNEL_LAYERS["default"]["CONFIG"].update(durable=["work"], recover_after=4)

CHARTROOM_INTERFACE = {"BUSY_FRAMES": {"told.v1": "busy"}}
if "MAX_FRAME" in os.environ:
    CHARTROOM_INTERFACE["MAX_FRAME"] = int(os.environ["MAX_FRAME"])

# A minute is long for a test.
if "INTERFACE_SECONDS" in os.environ:
    interfaces.BEAT = interfaces.LOOK = int(os.environ["INTERFACE_SECONDS"])
    interfaces.LIFETIME = link.PATIENCE = 3 * interfaces.BEAT
