"""A project with the transport and nothing else of chartroom, for the tests' processes."""
from __future__ import unicode_literals

import json
import os

from chartroom.transport import options
from chartroom.transport.interface import conf

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
# Further options, as JSON.
CHANNEL_LAYERS["default"]["CONFIG"].update(json.loads(os.environ.get("LAYER_CONFIG", "{}")))
if "asgi_redis" not in CHANNEL_LAYERS["default"]["BACKEND"]:
    CHANNEL_LAYERS["default"]["CONFIG"].update(durable=["work"], recover_after=4)

if "WORKER_SECONDS" in os.environ:
    CHARTROOM_WORKER = {"MAX_SECONDS": float(os.environ["WORKER_SECONDS"])}
CHARTROOM_INTERFACE = {"BUSY_FRAMES": {"busy.v1": "busy"}}
# As fast as a test can, from one address; test_admission.py has the bounds.
CHARTROOM_INTERFACE.update(BULK_FRAMES="0", FRAMES_PER_SOCKET="0", FRAMES_PER_ADDRESS="0", SOCKETS_PER_ADDRESS=0, CONNECTS_PER_ADDRESS="0")
CHARTROOM_INTERFACE["HTTP_PATHS"] = os.environ.get("HTTP_PATHS", "^/").split()
# As JSON, for what the variables have no name for.
CHARTROOM_INTERFACE.update(json.loads(os.environ.get("INTERFACE", "{}")))
if "MAX_FRAME" in os.environ:
    CHARTROOM_INTERFACE["MAX_FRAME"] = int(os.environ["MAX_FRAME"])

if "LOG_FILE" in os.environ:
    LOGGING = {
        "version": 1, "disable_existing_loggers": False,
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": os.environ["LOG_FILE"]}, "stderr": {"class": "logging.StreamHandler"},
        },
        "root": {"handlers": ["file", "stderr"], "level": "INFO"},
    }

# Shorter times than the fixed ones, which a test would wait for.
if "INTERFACE_SECONDS" in os.environ:
    options.HEARTBEAT_INTERVAL = options.CLEANUP_INTERVAL = int(os.environ["INTERFACE_SECONDS"])
    options.HEARTBEAT_LIFETIME = conf.ANSWER_WITHIN = 3 * options.HEARTBEAT_INTERVAL
