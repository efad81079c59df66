"""
Admin of rooms and messages, usable with a million messages: no page counts a whole
table, and only a search for text reads one.
"""
from __future__ import unicode_literals

import json

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property
from django.utils.translation import ugettext_lazy as _

from chartroom.admin.saving import SavesWhatChanged
from chartroom.models import ChatMessage, Room

MAX_COUNTED = 5000  # rows


class BoundedPaginator(Paginator):
    """Counts only as many rows as somebody may page through; older ones are found by searching."""

    @cached_property
    def count(self):
        return self.object_list[:MAX_COUNTED].count()


class LargeTableAdmin(SavesWhatChanged):
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def has_delete_permission(self, request, obj=None):
        # Deleting a message would leave a gap in ``seq``, and for a room Django would load
        # all of its messages, to list what is deleted with it.
        return False

    def get_actions(self, request):
        # Django 1.8 to 1.10 offer this action without the permission, too.
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
    # The primary key is in the order of storing, and has an index on every database.
    ordering = ("-id",)
    fields = readonly_fields = ("room", "seq", "author", "message", "source", "client_id", "at", "data_json")
    actions = ["remove_text"]

    def has_add_permission(self, request):
        # Only the store assigns numbers.
        return False

    def excerpt(self, message):
        return message.message[:80]
    excerpt.short_description = _("message")

    def remove_text(self, request, queryset):
        """Remove the text, but keep the row and its number, so that clients see no gap."""
        count = queryset.update(message="", data_json=json.dumps({"removed": True}))
        self.message_user(request, _("The text of %d messages was removed.") % count)
    remove_text.short_description = _("Remove the text of the selected messages")
