"""Writes the JavaScript copy of the protocol's names from `chartroom.wire`."""
from __future__ import unicode_literals

import io
import json
import os

from django.core.management.base import BaseCommand, CommandError

import chartroom
from chartroom.wire import limits, protocol

TARGET = os.path.join(
    os.path.dirname(os.path.abspath(chartroom.__file__)), "static", "chartroom", "connection", "protocol.js")

HEADER = """\
// The wire protocol's names. Written by `manage.py protocoljs` from chartroom/wire/:
// change them there, a test holds the two together.
"""


def source():
    """Return the expected content of the file."""
    shared = [(name, getattr(protocol, name)) for name in protocol.SHARED_NAMES]
    shared += [(name, getattr(limits, name)) for name in limits.SHARED_NAMES]
    return HEADER + "\n" + "".join("export const %s = %s;\n" % (name, json.dumps(value)) for name, value in shared)


def on_disk():
    try:
        with io.open(TARGET, encoding="utf-8") as file:
            return file.read()
    except IOError:
        return ""


class Command(BaseCommand):
    help = "Writes chartroom/static/chartroom/connection/protocol.js from chartroom/wire/protocol.py and limits.py."
    requires_system_checks = False

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the file differs")

    def handle(self, *args, **options):
        if options["check"]:
            if on_disk() != source():
                raise CommandError("protocol.js does not match chartroom/wire/: run manage.py protocoljs.")
            return
        with io.open(TARGET, "w", encoding="utf-8", newline="\n") as file:
            file.write(source())
