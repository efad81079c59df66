"""``runworker``, with the worker that survives a Redis restart and exits without losing a message."""
from __future__ import unicode_literals

import logging

from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from channels.log import setup_logger
from channels.management.commands import runworker
from django.core.management import CommandError

from chartroom.transport import hangup
from chartroom.transport.connections import AccessRefused
from chartroom.transport.layers import FastLayer
from chartroom.transport.servers import check_access
from chartroom.transport.worker import NoChannels, Worker


class Command(runworker.Command):

    help = "Runs a worker that handles Channels' messages until SIGTERM or Ctrl-C."

    def handle(self, *args, **options):
        if options.get("threads", 1) != 1:
            raise CommandError(
                "--threads is not supported: a signal ends the process, and the messages that its other threads "
                "are handling with it. Run several workers instead."
            )
        # As Channels does for its own logger, if the project configures none: Python 2.7 would log nothing.
        if not any(logging.getLogger(name).handlers for name in ("", "chartroom", "chartroom.transport")):
            setup_logger("chartroom.transport", options.get("verbosity", 1))
        hangup.install()
        # The stock command has no option for the worker class.
        runworker.Worker = Worker
        try:
            layer = channel_layers[options.get("layer", DEFAULT_CHANNEL_LAYER)].channel_layer
            if isinstance(layer, FastLayer):
                check_access(layer)
            super(Command, self).handle(*args, **options)
        except (AccessRefused, NoChannels) as error:
            raise CommandError("%s" % error)
