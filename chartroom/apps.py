from __future__ import unicode_literals

from django.apps import AppConfig
from django.utils.translation import ugettext_lazy as _


class ChartroomConfig(AppConfig):
    name = "chartroom"
    verbose_name = _("Chat rooms")

    def ready(self):
        from chartroom.checks import database
        from chartroom.rooms import awaited
        from chartroom.sockets import signals
        database.connect()
        awaited.connect()
        signals.connect()
