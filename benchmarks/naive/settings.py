"""The example project's settings and database, with the stock layer and the naive consumers."""
from __future__ import unicode_literals

from project.settings import *  # noqa: F401, F403
from project.settings import CHANNEL_LAYERS, INSTALLED_APPS

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "chartroom.transport"] + ["benchmarks.naive"]

CHANNEL_LAYERS["default"]["BACKEND"] = "asgi_redis.RedisChannelLayer"
CHANNEL_LAYERS["default"]["ROUTING"] = "benchmarks.naive.routing.channel_routing"
if "channel_capacity" in CHANNEL_LAYERS["default"]["CONFIG"]:
    CHANNEL_LAYERS["default"]["CONFIG"].pop("durable")
    # The same queue length as chartroom's.
    capacity = CHANNEL_LAYERS["default"]["CONFIG"]["channel_capacity"]
    capacity["naive-messages"] = capacity["chat-messages"]

# Its own consumers stand in for chartroom's.
SILENCED_SYSTEM_CHECKS = ["chartroom.E007"]
