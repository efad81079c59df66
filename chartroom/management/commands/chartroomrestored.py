"""``chartroomrestored``: to be run once after the database was restored from a backup."""
from __future__ import unicode_literals

import time

from django.core.management.base import BaseCommand

from chartroom.models import Restoration
from chartroom.rooms import epochs
from chartroom.sockets import recheck
from chartroom.wire import protocol


class Command(BaseCommand):

    help = (
        "Run this once after restoring the database from a backup. Clients may have messages that the backup "
        "lacks, and whose numbers the next messages get: they discard what they have and load the rooms again."
    )

    def handle(self, *args, **options):
        restoration = Restoration.objects.create()
        # Processes that still run ask again after this time.
        time.sleep(2 * epochs.KEPT)
        try:
            recheck.request([recheck.tag_of_kind("room")], close=protocol.CLOSE_RESTART)
        except Exception as error:  # A layer raises many types.
            self.stderr.write("Open sockets could not be closed (%s): restart rundaphne." % error)
        self.stdout.write("All clients load their rooms again (generation %d)." % restoration.generation)
