from __future__ import unicode_literals

from channels import hacks
from django.apps import AppConfig
from django.core import management


class TransportConfig(AppConfig):
    """Stands before ``channels`` in INSTALLED_APPS: Django takes a command from the app that comes first."""

    name = "chartroom.transport"
    label = "chartroom_transport"

    def ready(self):
        # channels reads daphne, autobahn and much of Twisted into every process, workers and pages
        # too, to put its own in runserver's place: a quarter of their start, and 5 to 17 MB of each.
        patch, load = hacks.monkeypatch_django, management.load_command_class

        def load_command_class(app, name):
            if name == "runserver":
                patch()
            return load(app, name)
        hacks.monkeypatch_django = lambda: None
        management.load_command_class = load_command_class
