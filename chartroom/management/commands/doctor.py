"""``doctor``: checks a deployment, and asks its running processes and servers."""
from __future__ import unicode_literals

from django.core.management.base import BaseCommand, CommandError

from chartroom.management import diagnosis

PARTS = (diagnosis.check_settings, diagnosis.check_database, diagnosis.check_servers, diagnosis.check_processes)


class Command(BaseCommand):

    help = (
        "Runs check --deploy, asks the database and Redis for their state and clocks, and sends a test message to each kind of "
        "worker. Nothing is stored. Exits with status 1 if there is a problem."
    )
    # They are a part of the report.
    requires_system_checks = False

    def handle(self, *args, **options):
        problems = 0
        for part in PARTS:
            try:
                for level, text in part():
                    problems += level == diagnosis.PROBLEM
                    self.stdout.write("%-9s %s" % (level + ":", text))
            except Exception as error:  # The other parts may still say why.
                problems += 1
                self.stdout.write("%-9s %s failed: %s: %s" % (diagnosis.PROBLEM + ":", part.__name__, type(error).__name__, error))
        if problems:
            raise CommandError("%d problems." % problems if problems > 1 else "1 problem.")
