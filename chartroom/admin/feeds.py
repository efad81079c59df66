"""Read-only admin of feeds, which `runfeed` creates from its settings, with the time of their last new entry."""
from __future__ import unicode_literals

from django.contrib import admin

from chartroom.admin.rooms import LargeTableAdmin
from chartroom.models import Feed


@admin.register(Feed)
class FeedAdmin(LargeTableAdmin):
    list_display = ("__str__", "url", "room", "told_at")
    list_select_related = ("room",)
    search_fields = ("title", "url", "=room__name")
    ordering = ("-id",)
    fields = readonly_fields = ("title", "url", "room", "told_at")

    def has_add_permission(self, request):
        # runfeed follows the feeds of its settings or arguments, not the rows of this table.
        return False
