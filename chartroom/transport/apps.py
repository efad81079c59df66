from __future__ import unicode_literals

from channels import hacks
from django.apps import AppConfig
from django.core import management


class TransportConfig(AppConfig):
    """Must precede ``channels`` in INSTALLED_APPS, because Django runs a command of the first app that has it."""

    name = "chartroom.transport"
    label = "chartroom_transport"

    def ready(self):
        # To replace runserver, channels imports daphne, autobahn and much of Twisted into every process,
        # workers and web processes too: a quarter of their start, and 5 to 17 MB of each. So its patch
        # waits until runserver is loaded.
        patch, load = hacks.monkeypatch_django, management.load_command_class

        def load_command_class(app, name):
            if name == "runserver":
                patch()
            return load(app, name)
        hacks.monkeypatch_django = lambda: None
        management.load_command_class = load_command_class
