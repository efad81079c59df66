"""The example project's settings, layer and database, with the naive consumers in the place of chartroom's."""
from __future__ import unicode_literals

from project.settings import *  # noqa: F401, F403
from project.settings import CHANNEL_LAYERS, INSTALLED_APPS

# What people have: the stock layer and the stock worker.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "chartroom.transport"] + ["benchmarks.naive"]

CHANNEL_LAYERS["default"]["BACKEND"] = "asgi_redis.RedisChannelLayer"
CHANNEL_LAYERS["default"]["ROUTING"] = "benchmarks.naive.routing.channel_routing"
CHANNEL_LAYERS["default"]["CONFIG"].pop("durable", None)
if "channel_capacity" in CHANNEL_LAYERS["default"]["CONFIG"]:
    # As long a queue as chartroom's.
    capacity = CHANNEL_LAYERS["default"]["CONFIG"]["channel_capacity"]
    capacity["naive-messages"] = capacity["chat-messages"]
