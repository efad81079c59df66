"""``runtimers``: the process that publishes due timers and messages for later."""
from __future__ import unicode_literals

import logging
import signal

from channels.log import setup_logger
from django.core.management.base import BaseCommand

from chartroom.sources.timers.runner import Runner


class Command(BaseCommand):

    help = (
        "Publishes due timers and messages for later, until SIGTERM or Ctrl-C. "
        "Several processes may run: each due time is published once."
    )

    def handle(self, *args, **options):
        # As runworker does: if the project configures no handler, Python 2.7 would discard the log.
        if not any(logging.getLogger(name).handlers for name in ("", "chartroom")):
            setup_logger("chartroom", options.get("verbosity", 1))
        runner = Runner()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *args: runner.end())
            # The signal must not interrupt a call to the database or Redis.
            signal.siginterrupt(number, False)
        logging.getLogger("chartroom.sources.timers").info("Publishing timers and messages for later when they are due.")
        runner.run()
