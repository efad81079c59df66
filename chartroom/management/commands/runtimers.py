"""``runtimers``: the process that publishes due timers and messages for later."""
from __future__ import unicode_literals

import logging
import signal

from django.core.management.base import BaseCommand

from chartroom.management.logs import ensure_handler
from chartroom.sources.timers.runner import Runner
from chartroom.transport import hangup


class Command(BaseCommand):

    help = (
        "Publishes due timers and messages for later, until SIGTERM or Ctrl-C. "
        "Several processes may run: each due time is published once."
    )

    def handle(self, *args, **options):
        ensure_handler("chartroom", options.get("verbosity", 1))
        runner = Runner()
        hangup.install()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *args: runner.end())
            # The signal must not interrupt a call to the database or Redis.
            signal.siginterrupt(number, False)
        logging.getLogger("chartroom.sources.timers").info("Publishing timers and messages for later when they are due.")
        runner.run()
