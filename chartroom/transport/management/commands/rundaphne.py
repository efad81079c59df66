"""``rundaphne``: daphne's command line for the server that survives a restart of Redis."""
from __future__ import unicode_literals

import sys

import daphne.cli
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError

from chartroom.transport.connections import AccessRefused
from chartroom.transport.interface.conf import CannotServe
from chartroom.transport.interface.server import Server


class Command(BaseCommand):

    help = "Runs the interface server until SIGTERM or Ctrl-C."
    arguments = ()

    def create_parser(self, prog_name, subcommand):
        self.daphne = daphne.cli.CommandLineInterface()
        parser = self.daphne.parser
        parser.prog, parser.description = "%s %s" % (prog_name, subcommand), self.help
        for action in parser._actions:
            # Optional here, because the project is known.
            if action.dest == "channel_layer":
                action.nargs, action.required = "?", False
                action.default = "chartroom.transport.interface.asgi:channel_layer"
        # By default a request times out when its message expires; runserver accepts the same sub-protocols.
        parser.set_defaults(http_timeout=None, ws_protocols=getattr(settings, "CHANNELS_WS_PROTOCOLS", None))
        for name, kwargs in (
            ("--settings", {}), ("--pythonpath", {}), ("--traceback", {"action": "store_true"}),
            ("--no-color", {"action": "store_true"}),
        ):
            parser.add_argument(name, help="As for every Django command.", **kwargs)
        return parser

    def run_from_argv(self, argv):
        self.arguments = argv[2:]
        super(Command, self).run_from_argv(argv)

    def handle(self, *args, **options):
        # daphne's command line has no option for the server class.
        daphne.cli.Server = Server
        try:
            self.daphne.run(self.arguments)
        except (AccessRefused, CannotServe, ImproperlyConfigured) as error:
            raise CommandError(error)
        if self.daphne.server.has_failed:
            sys.exit(1)
