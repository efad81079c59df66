"""A project that has the transport and nothing else of ours, for the tests' workers."""
from __future__ import unicode_literals

import os

SECRET_KEY = "of no use"
INSTALLED_APPS = os.environ.get("APPS", "chartroom.transport,channels").split(",")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CHANNEL_LAYERS = {"default": {
    "BACKEND": os.environ.get("LAYER", "chartroom.transport.layers.RedisChannelLayer"),
    "ROUTING": "tests.transport.consumers.routing",
    "CONFIG": {"hosts": [os.environ.get("REDIS_URL", "redis://127.0.0.1:1/0")], "capacity": 5000},
}}
if "LAYER" not in os.environ:
    CHANNEL_LAYERS["default"]["CONFIG"].update(durable=["work"], recover_after=4)
