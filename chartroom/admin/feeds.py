"""Feeds, and when they last had something to tell: made by `runfeed` from its settings, so only looked at here."""
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
        # What is followed is said to runfeed: a row alone would be followed by nobody.
        return False
