"""A project of its own for the harness's processes: on our stack, or on the stock one."""
from __future__ import unicode_literals

import json
import os

from chartroom.transport import interfaces

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

# So that a test need not wait for half a minute: a tenth of the seconds that they are by default.
interfaces.BEAT, interfaces.LIFETIME, interfaces.LOOK = 0.5, 3, 1
