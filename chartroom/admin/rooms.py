"""
Rooms and messages for the people who run the site, usable with a million
messages: nothing here counts a whole table, and only a search for text reads one.
"""
from __future__ import unicode_literals

import json

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.utils.translation import ugettext_lazy as _

from chartroom.admin.saving import SavesWhatChanged
from chartroom.models import ChatMessage, Room

COUNTED_AT_MOST = 5000


class BoundedPaginator(Paginator):
    """Counts no further than is paged through by hand; what lies behind is found by searching."""

    @cached_property
    def count(self):
        return self.object_list[:COUNTED_AT_MOST].count()


class LargeTableAdmin(SavesWhatChanged):
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_delete_permission(self, request, obj=None):
        # A row that is gone is a gap in an order that promises to have none, and Django
        # would first load every message of a room to show what goes with it.
        return False

    def get_actions(self, request):
        # These Djangos offer it to those who may not, too.
        actions = super(LargeTableAdmin, self).get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@admin.register(Room)
class RoomAdmin(LargeTableAdmin):
    list_display = ("name", "namespace", "last_seq", "last_at", "created_at")
    list_filter = ("last_at", "created_at")
    search_fields = ("^name",)
    ordering = ("-id",)
    readonly_fields = ("last_seq", "last_at", "created_at")


@admin.register(ChatMessage)
class ChatMessageAdmin(LargeTableAdmin):
    list_display = ("room", "seq", "author", "excerpt", "source", "at")
    list_display_links = ("seq", "excerpt")
    list_filter = ("at",)
    list_select_related = ("room",)
    search_fields = ("message", "=author", "=room__name", "=client_id")
    # By primary key, so by time of storing, along an index that is always there.
    ordering = ("-id",)
    fields = readonly_fields = ("room", "seq", "author", "message", "source", "client_id", "at", "data_json")
    actions = ["remove_text"]

    def has_add_permission(self, request):
        # A message gets its number where it is stored, not in a form.
        return False

    def excerpt(self, message):
        return message.message[:80]
    excerpt.short_description = _("message")

    def remove_text(self, request, queryset):
        """The row keeps its number, so that nobody's reading has a gap."""
        count = queryset.update(message="", data_json=json.dumps({"removed": True}))
        self.message_user(request, _("The text of %d messages was removed.") % count)
    remove_text.short_description = _("Remove the text of the selected messages")
