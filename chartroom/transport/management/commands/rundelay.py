"""``rundelay``, with the worker that survives malformed messages."""
from __future__ import unicode_literals

from django.apps import apps
from django.core.management import BaseCommand, CommandError

if apps.is_installed("channels.delay"):
    from channels.delay.management.commands import rundelay
    from chartroom.transport import hangup
    from chartroom.transport.delay import DelayWorker

    class Command(rundelay.Command):

        help = "Runs the worker that stores delayed messages and sends them when they are due."

        def handle(self, *args, **options):
            hangup.install()
            # The stock command has no option for the worker class.
            rundelay.Worker = DelayWorker
            super(Command, self).handle(*args, **options)
else:
    class Command(BaseCommand):

        help = "Needs channels.delay in INSTALLED_APPS."

        def handle(self, *args, **options):
            raise CommandError("rundelay needs channels.delay in INSTALLED_APPS, and its table: manage.py migrate.")
