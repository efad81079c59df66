"""Incoming webhooks: URLs by which a program may publish in one room."""
from __future__ import unicode_literals

from django.db import models
from django.utils.encoding import python_2_unicode_compatible
from django.utils.translation import ugettext_lazy as _

from chartroom.models.rooms import Room


@python_2_unicode_compatible
class Hook(models.Model):
    """
    ``token_hash`` identifies the webhook: the token itself is shown once and not stored.
    ``sealed_secret`` is the encrypted key that signs its deliveries, empty if they are
    not signed.
    """

    room = models.ForeignKey(Room, verbose_name=_("room"), related_name="hooks", on_delete=models.CASCADE)
    name = models.CharField(_("name"), max_length=64, help_text=_("The author of the delivered messages."))
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sealed_secret = models.TextField(blank=True, default="", editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self):
        return self.name

    @property
    def sender(self):
        return "hook:%d" % self.pk
