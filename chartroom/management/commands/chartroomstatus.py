# coding: utf-8
"""``chartroomstatus``: the state of a deployment, for people and for monitors."""
from __future__ import unicode_literals

import argparse
import json
import sys

from django.core.management.base import BaseCommand

from chartroom.status import report, table
from chartroom.status.judgement import CRITICAL, LEVELS, Thresholds, judge, level

DEFAULTS = Thresholds()


def whole_or_part(text):
    """``80%`` is 0.8, and ``500`` is 500."""
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a number of entries, or a percentage such as 80%, is required")


class Command(BaseCommand):

    help = (
        "Shows Redis, the queues, the processes and the database, from any host with the project's settings. "
        "The exit status is 0 if all is well, 1 for a warning and 2 if something is critical."
    )
    # A check that fails must not hide the state of a running deployment.
    requires_system_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Write JSON instead of tables.")
        parser.add_argument("--queue-age", type=float, default=DEFAULTS.queue_age, metavar="SECONDS",
                            help="Critical if the oldest entry of a queue has waited longer; %(default)s by default.")
        parser.add_argument("--queue-depth", type=whole_or_part, default=DEFAULTS.queue_depth, metavar="LIMIT",
                            help="Warn if as many entries wait in a queue, or this part of its capacity; 80%% by default.")
        parser.add_argument("--handling", type=float, default=DEFAULTS.handling, metavar="SECONDS",
                            help="Warn if a worker takes longer for one message; %(default)s by default.")
        parser.add_argument("--redis-latency", type=float, default=DEFAULTS.redis_latency, metavar="MS",
                            help="Warn if Redis takes longer to answer; %(default)s by default.")
        parser.add_argument("--database-latency", type=float, default=DEFAULTS.database_latency, metavar="MS",
                            help="Warn if the database takes longer to answer; %(default)s by default.")

    def handle(self, *args, **options):
        thresholds = Thresholds(**{name: options[name] for name in vars(DEFAULTS)})
        try:
            found = report.read()
        except report.NoStatus as error:
            self.stderr.write("%s" % error)
            sys.exit(CRITICAL)
        problems = judge(found, thresholds)
        if options["json"]:
            found["status"] = LEVELS[level(problems)]
            found["problems"] = [{"level": LEVELS[each.level], "code": each.code, "detail": each.detail} for each in problems]
            self.stdout.write(json.dumps(found, indent=2, sort_keys=True, separators=(",", ": ")))
        else:
            self.stdout.write(table.render(found, problems), ending="")
        sys.exit(level(problems))
