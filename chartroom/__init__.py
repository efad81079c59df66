"""Chat rooms and message pipelines for Django 1.8-1.10 on Channels 1.x."""
from __future__ import unicode_literals

__version__ = "0.1.0"

default_app_config = "chartroom.apps.ChartroomConfig"
