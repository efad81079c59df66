"""The example project's settings and layer, with the naive consumers."""
from __future__ import unicode_literals

from project.settings import *  # noqa: F401, F403
from project.settings import CHANNEL_LAYERS, INSTALLED_APPS

INSTALLED_APPS = INSTALLED_APPS + ["benchmarks.naive"]

CHANNEL_LAYERS["default"]["ROUTING"] = "benchmarks.naive.routing.channel_routing"

# Its own consumers stand in for chartroom's.
SILENCED_SYSTEM_CHECKS = ["chartroom.E007"]
