"""``runworker``, with the worker that outlives a Redis restart and ends without a loss."""
from __future__ import unicode_literals

import logging

from channels.log import setup_logger
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
        # As Channels does for its own, where the project has said nothing: Python 2.7 would tell it to nobody.
        if not any(logging.getLogger(name).handlers for name in ("", "chartroom", "chartroom.transport")):
            setup_logger("chartroom.transport", options.get("verbosity", 1))
        # The stock command has no other place to say which worker it runs.
        runworker.Worker = Worker
        super(Command, self).handle(*args, **options)
