"""A separate project for the processes under test: on chartroom's stack, or on the stock one."""
from __future__ import unicode_literals

import json
import os

from chartroom.transport import options

OURS = os.environ.get("FAULTS_STACK", "ours") == "ours"

SECRET_KEY = "of no use"
INSTALLED_APPS = (["chartroom.transport"] if OURS else []) + ["channels", "channels.delay"]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(os.environ["FAULTS_STATE"], "db.sqlite3"),
}}
CHANNEL_LAYERS = {"default": {
    "BACKEND": os.environ["FAULTS_LAYER"],
    "ROUTING": os.environ["FAULTS_ROUTING"],
    "CONFIG": json.loads(os.environ["FAULTS_OPTIONS"]),
}}

# A tenth of the real seconds, so that a test need not wait for half a minute.
options.HEARTBEAT_INTERVAL, options.HEARTBEAT_LIFETIME, options.CLEANUP_INTERVAL = 0.5, 3, 1
# Crowds of one address; tests/transport/test_admission.py has its bounds.
CHARTROOM_INTERFACE = {
    "BULK_FRAMES": "0", "FRAMES_PER_SOCKET": "0", "FRAMES_PER_ADDRESS": "0", "SOCKETS_PER_ADDRESS": 0, "CONNECTS_PER_ADDRESS": "0",
    "HTTP_PATHS": ["^/"]}
