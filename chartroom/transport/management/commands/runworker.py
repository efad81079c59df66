"""``runworker``, with the worker that outlives a Redis restart and ends without a loss."""
from __future__ import unicode_literals

from channels.management.commands import runworker
from django.core.management import CommandError

from chartroom.transport.worker import Worker


class Command(runworker.Command):

    help = "Runs a worker that handles Channels' messages, until it is told to end (SIGTERM, Ctrl-C)."

    def handle(self, *args, **options):
        if options.get("threads", 1) != 1:
            raise CommandError(
                "--threads is not taken: a signal ends the process, and with it what the other threads have in "
                "hand. Run several workers instead."
            )
        # The stock command has no other place to say which worker it runs.
        runworker.Worker = Worker
        super(Command, self).handle(*args, **options)
