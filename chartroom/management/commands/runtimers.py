"""``runtimers``: the process that says what is due, of timers and of messages for later."""
from __future__ import unicode_literals

import logging
import signal

from channels.log import setup_logger
from django.core.management.base import BaseCommand

from chartroom.sources.timers.runner import Runner


class Command(BaseCommand):

    help = (
        "Says what is due, of timers and of messages for later, until it is told to end (SIGTERM, Ctrl-C). "
        "Several may run: each due time is said once."
    )

    def handle(self, *args, **options):
        # Where the project has said nothing of its own: Python 2.7 would tell it to nobody.
        if not any(logging.getLogger(name).handlers for name in ("", "chartroom")):
            setup_logger("chartroom", options.get("verbosity", 1))
        runner = Runner()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *args: runner.end())
            # What the database and Redis are asked just now is not broken off by it.
            signal.siginterrupt(number, False)
        logging.getLogger("chartroom.sources.timers").info("Timers and messages for later are said when they are due.")
        runner.run()
