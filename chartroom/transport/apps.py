from __future__ import unicode_literals

from django.apps import AppConfig


class TransportConfig(AppConfig):
    """Stands before ``channels`` in INSTALLED_APPS: Django takes a command from the app that comes first."""

    name = "chartroom.transport"
    label = "chartroom_transport"
