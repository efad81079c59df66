"""
Admin of webhooks. A token, and a secret that is generated here, are shown once, in the
response to the form itself: Django's messages would store them in a cookie or in the
session until the next page.
"""
from __future__ import unicode_literals

from django import forms
from django.contrib import admin
from django.core.urlresolvers import reverse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import ugettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from chartroom.admin.saving import SavesWhatChanged
from chartroom.errors import FrameError
from chartroom.models import Hook
from chartroom.rooms.store import check_name, own_room
from chartroom.sources.webhooks import hooks, keys

KEEP, UNSIGNED, MADE, PASTED = "keep", "unsigned", "made", "pasted"
SIGNINGS = [
    (UNSIGNED, _("Not signed: anyone who has the address can deliver")),
    (MADE, _("Signed with a new secret, generated here")),
    (PASTED, _("Signed with the sender's secret:")),
]


class HookForm(forms.ModelForm):
    signing = forms.ChoiceField(label=_("Deliveries"), widget=forms.RadioSelect)
    secret = forms.CharField(
        label=_("Secret"), required=False, max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 60}),
        help_text=_("The secret that the sender shows for this address. It begins with whsec_."))

    class Meta:
        model = Hook
        fields = ["name", "is_active"]

    def clean(self):
        cleaned = super(HookForm, self).clean()
        secret = cleaned.get("secret", "").strip()
        if cleaned.get("signing") == PASTED:
            try:
                keys.key_of(secret)
            except ValueError as error:
                self.add_error("secret", _("This is not a valid secret. Expected: %s.") % error)
        elif secret:
            self.add_error("signing", _("A secret is entered below, but this option does not use it."))
        return dict(cleaned, secret=secret)


class NewHookForm(HookForm):
    namespace = forms.CharField(
        label=_("Namespace"), initial="deploy", max_length=64,
        help_text=_("deploy: the room is read-only, and its page shows the deliveries."))
    room_name = forms.CharField(
        label=_("Room"), max_length=64, help_text=_("The room is created if it does not exist."))

    def __init__(self, *args, **kwargs):
        super(NewHookForm, self).__init__(*args, **kwargs)
        self.fields["signing"].choices = SIGNINGS
        self.fields["signing"].initial = UNSIGNED

    def clean(self):
        cleaned = super(NewHookForm, self).clean()
        if "namespace" in cleaned and "room_name" in cleaned:
            try:
                check_name(cleaned["namespace"], cleaned["room_name"])
            except FrameError as error:
                self.add_error("namespace" if error.detail.startswith("namespace") else "room_name", error.detail)
        return cleaned


class KnownHookForm(HookForm):
    new_address = forms.BooleanField(
        label=_("New address"), required=False, help_text=_("The old address stops working immediately."))

    def __init__(self, *args, **kwargs):
        super(KnownHookForm, self).__init__(*args, **kwargs)
        signed = bool(self.instance.sealed_secret)
        kept = [(KEEP, _("Signed as before"))] if signed else []
        self.fields["signing"].choices = kept + SIGNINGS
        self.fields["signing"].initial = KEEP if signed else UNSIGNED


@admin.register(Hook)
class HookAdmin(SavesWhatChanged):
    list_display = ("name", "room", "is_active", "is_signed", "last_used_at", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "=room__name")
    ordering = ("-id",)
    actions = ["revoke"]

    def get_form(self, request, obj=None, **kwargs):
        return super(HookAdmin, self).get_form(
            request, obj, form=NewHookForm if obj is None else KnownHookForm, **kwargs)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["namespace", "room_name", "name", "signing", "secret"]
        return ["room", "name", "is_active", "signing", "secret", "new_address", "last_used_at", "created_at"]

    def get_readonly_fields(self, request, obj=None):
        return () if obj is None else ("room", "last_used_at", "created_at")

    def is_signed(self, hook):
        return bool(hook.sealed_secret)
    is_signed.boolean = True
    is_signed.short_description = _("signed")

    def revoke(self, request, queryset):
        count = queryset.update(is_active=False)
        self.message_user(request, _("%d webhooks were revoked.") % count)
    revoke.short_description = _("Revoke the selected webhooks")

    # Error reports contain the POST parameters.
    @method_decorator(sensitive_post_parameters("secret"))
    def changeform_view(self, request, *args, **kwargs):
        return super(HookAdmin, self).changeform_view(request, *args, **kwargs)

    def save_model(self, request, hook, form, change):
        """Save the webhook, and set ``token`` and ``secret`` on the instance to what the response has to show, or None."""
        wanted = form.cleaned_data
        if not change:
            hook.room = own_room(wanted["namespace"], wanted["room_name"])
        hook.token = hooks.give_token(hook) if not change or wanted["new_address"] else None
        hook.secret = keys.make_secret() if wanted["signing"] == MADE else None
        if "signing" in form.changed_data:
            hooks.give_secret(hook, wanted["secret"] if wanted["signing"] == PASTED else hook.secret)
        super(HookAdmin, self).save_model(request, hook, form, change)

    def also_changed(self, form):
        columns = [("new_address", "token_hash"), ("signing", "sealed_secret")]
        return [column for name, column in columns if name in form.changed_data]

    def response_add(self, request, hook, post_url_continue=None):
        return self._show_once(request, hook)

    def response_change(self, request, hook):
        if hook.token or hook.secret:
            return self._show_once(request, hook)
        return super(HookAdmin, self).response_change(request, hook)

    def _show_once(self, request, hook):
        address = hook.token and request.build_absolute_uri(reverse("sources:hook", args=[hook.token]))
        return TemplateResponse(request, "chartroom/hook_told.html", dict(
            self.admin_site.each_context(request), title=_("Save this now: it is shown only once"),
            opts=self.model._meta, hook=hook, address=address, secret=hook.secret,
        ))
