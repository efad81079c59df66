# coding: utf-8
"""Admin of timers and messages for later."""
from __future__ import unicode_literals

import uuid

import six
from django import forms
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import ugettext_lazy as _

from chartroom.admin.rooms import LargeTableAdmin
from chartroom.errors import FrameError, NotPublished
from chartroom.models import Later, Timer
from chartroom.models.schedule import in_utc
from chartroom.sources.timers.later import check_time
from chartroom.sources.timers.timers import message_of
from chartroom.wire import protocol, values

TEXT_PROBLEMS = {
    protocol.EMPTY: _("The text is empty."),
    protocol.TOO_LONG: _("The text is too long for a message."),
    protocol.BAD_FRAME: _("The text contains characters that cannot be sent."),
}


def check_text(text):
    """Check a text by the rules for messages; return it stripped."""
    try:
        return values.parse_text(text, None)
    except FrameError as error:
        raise forms.ValidationError(TEXT_PROBLEMS[error.code])


class TimerForm(forms.ModelForm):

    def clean_text(self):
        # With its placeholders replaced, the text may be too long.
        text = check_text(self.cleaned_data["text"])
        try:
            message_of(Timer(pk=0, text=text), in_utc(timezone.now()))
        except FrameError as error:
            raise forms.ValidationError(TEXT_PROBLEMS[error.code])
        return text


@admin.register(Timer)
class TimerAdmin(admin.ModelAdmin):
    form = TimerForm
    fields = ("room", "name", "text", "every", "cron", "is_active", "next_at", "last_at", "problem")
    readonly_fields = ("next_at", "last_at", "problem")
    raw_id_fields = ("room",)
    list_display = ("name", "room", "when", "is_active", "next_at", "last_at", "problem")
    list_filter = ("is_active",)
    list_select_related = ("room",)
    search_fields = ("name", "=room__name")
    ordering = ("-id",)
    actions = ["start", "stop"]

    def when(self, timer):
        return timer.cron or (timer.every and _("every %d s") % timer.every)
    when.short_description = _("schedule")

    def start(self, request, queryset):
        self._switch(request, queryset, True, _("%d timers were started."))
    start.short_description = _("Start the selected timers")

    def stop(self, request, queryset):
        self._switch(request, queryset, False, _("%d timers were stopped."))
    stop.short_description = _("Stop the selected timers")

    def _switch(self, request, queryset, is_active, sentence):
        # One by one, because saving a timer plans its next time.
        count = 0
        for timer in queryset:
            timer.is_active = is_active
            try:
                timer.save()
                count += 1
            except ValueError as error:
                self.message_user(request, "%s: %s" % (timer.name, error), messages.ERROR)
        self.message_user(request, sentence % count)


class LaterForm(forms.ModelForm):

    def clean_text(self):
        return check_text(self.cleaned_data["text"])

    def clean_at(self):
        at = self.cleaned_data["at"]
        try:
            check_time(in_utc(at))
        except NotPublished as error:
            raise forms.ValidationError(error.detail)
        return at


@admin.register(Later)
class LaterAdmin(LargeTableAdmin):
    """Only waiting messages can be changed."""

    form = LaterForm
    fields = ("room", "author", "text", "at", "state", "seq", "problem", "created_at")
    raw_id_fields = ("room",)
    list_display = ("at", "room", "author", "excerpt", "state", "problem")
    list_display_links = ("at", "excerpt")
    list_filter = ("state", "at")
    list_select_related = ("room",)
    search_fields = ("=author", "=room__name")
    ordering = ("-id",)
    actions = ["cancel", "try_again"]

    def get_fields(self, request, later=None):
        return self.fields if later else ("room", "author", "text", "at")

    def get_readonly_fields(self, request, later=None):
        fixed = ("state", "seq", "problem", "created_at")
        if later is None:
            return ()
        # The author may not be changed afterwards.
        return ("room", "author") + fixed if later.state == Later.WAITING else self.fields

    def excerpt(self, later):
        return later.text[:80]
    excerpt.short_description = _("text")

    def save_model(self, request, later, form, change):
        if not change:
            later.client_id = six.text_type(uuid.uuid4().hex)
            later.save()
        elif not later.move(Later.WAITING, text=later.text, at=later.at):
            self.message_user(request, _("The message was no longer waiting, and was not changed."), messages.ERROR)

    def cancel(self, request, queryset):
        count = sum(later.move(Later.CANCELLED) for later in queryset)
        self.message_user(request, _("%d messages were cancelled.") % count)
    cancel.short_description = _("Cancel the selected messages")

    def try_again(self, request, queryset):
        count = queryset.filter(state=Later.REFUSED).update(state=Later.WAITING, problem="")
        self.message_user(request, _("%d messages are waiting again.") % count)
    try_again.short_description = _("Send the selected messages that were refused")
