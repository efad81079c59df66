"""``deadletters``: lists, replays or drops entries of durable channels that failed too often."""
from __future__ import unicode_literals

from channels import DEFAULT_CHANNEL_LAYER, channel_layers
from django.core.management import BaseCommand, CommandError

SHOWN = 200  # characters of a message


class Command(BaseCommand):

    help = "Lists the dead letters of durable channels, or replays or drops them."

    def add_arguments(self, parser):
        parser.add_argument("channel", nargs="?", help="A durable channel; by default all of them.")
        parser.add_argument("--layer", default=DEFAULT_CHANNEL_LAYER, help="Channel layer alias, if not the default.")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--replay", action="store_true", help="Put them back onto their channel for another try.")
        what.add_argument("--drop", action="store_true", help="Delete them.")

    def handle(self, *args, **options):
        layer = channel_layers[options["layer"]].channel_layer
        durable = sorted(getattr(layer, "durable", ()))
        channel = options["channel"]
        if channel and channel not in durable:
            raise CommandError("%s is not a durable channel of this layer; the durable channels are: %s." % (
                channel, ", ".join(durable) or "none"))

        for name in [channel] if channel else durable:
            if options["replay"]:
                self.stdout.write("%s: %d replayed, %d left" % (
                    name, layer.dead_letters.replay(name), len(layer.dead_letters.read(name))))
            elif options["drop"]:
                self.stdout.write("%s: %d dropped" % (name, layer.dead_letters.drop(name)))
            else:
                self._list(name, layer.dead_letters.read(name))

    def _list(self, name, letters):
        self.stdout.write("%s: %d" % (name, len(letters)))
        for message in letters:
            self.stdout.write("  %s" % message[:SHOWN])
