"""``runtail``: the process that reads the files of ``CHARTROOM_TAIL_FILES``."""
from __future__ import unicode_literals

import signal

from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.conf import settings
from django.core.management import BaseCommand, CommandError

from chartroom.checks.sessions import LOCAL_CACHES
from chartroom.conf import conf
from chartroom.management.logs import ensure_handler
from chartroom.sources.tail.reader import Reader
from chartroom.transport import hangup

BLOCK = 1  # seconds of one blocking receive, after which it handles a signal and renews its lease


class Command(BaseCommand):

    help = "Reads the files of CHARTROOM_TAIL_FILES for the users who watch them at /tail/, until SIGTERM or Ctrl-C."

    def handle(self, *args, **options):
        layer = channel_layers[DEFAULT_CHANNEL_LAYER]
        if layer.local_only():
            raise CommandError("The in-memory channel layer can't reach other processes: configure a Redis layer in CHANNEL_LAYERS.")
        if settings.CACHES["default"]["BACKEND"] in LOCAL_CACHES:
            raise CommandError(
                "The default cache is local to each process, so a second runtail would not detect the first: configure a shared one in CACHES.")
        if not conf.TAIL_FILES:
            raise CommandError("There is no file to read: set CHARTROOM_TAIL_FILES.")

        ensure_handler("chartroom", options.get("verbosity", 1))
        layer.channel_layer.blpop_timeout = BLOCK
        reader = Reader(layer)
        hangup.install()
        signal.signal(signal.SIGTERM, reader.end)
        signal.signal(signal.SIGINT, reader.end)
        reader.run()
