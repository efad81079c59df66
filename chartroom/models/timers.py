# coding: utf-8
"""What is said at a time: again and again, or once."""
from __future__ import unicode_literals

from django.db import models
from django.utils.encoding import python_2_unicode_compatible
from django.utils.translation import ugettext_lazy as _

from chartroom.models.rooms import MAX_AUTHOR, Room


@python_2_unicode_compatible
class Timer(models.Model):
    """Says ``text`` every ``every`` seconds, or by a ``cron`` expression: one of the two."""

    room = models.ForeignKey(Room, verbose_name=_("room"), related_name="timers", on_delete=models.CASCADE)
    name = models.CharField(_("name"), max_length=64, help_text=_("The author of what it says."))
    text = models.TextField(_("text"))
    every = models.PositiveIntegerField(_("every … seconds"), null=True, blank=True)
    cron = models.CharField(_("cron expression"), max_length=100, blank=True)
    is_active = models.BooleanField(_("running"), default=True)
    next_at = models.DateTimeField(_("next time"), null=True, blank=True, editable=False)
    last_at = models.DateTimeField(_("last time"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        index_together = [("is_active", "next_at")]

    def __str__(self):
        return self.name

    @property
    def sender(self):
        return "timer:%d" % self.pk


@python_2_unicode_compatible
class Later(models.Model):
    """A message that is sent at a time to come, once."""

    WAITING, SENT, CANCELLED, REFUSED = "waiting", "sent", "cancelled", "refused"
    STATES = [
        (WAITING, _("waiting")), (SENT, _("sent")), (CANCELLED, _("cancelled")), (REFUSED, _("refused")),
    ]

    room = models.ForeignKey(Room, verbose_name=_("room"), related_name="later", on_delete=models.CASCADE)
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("time"))
    author = models.CharField(_("author"), max_length=MAX_AUTHOR, blank=True)
    sender = models.CharField(max_length=64, blank=True, editable=False)
    client_id = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=16, choices=STATES, default=WAITING, editable=False)
    seq = models.BigIntegerField(_("number"), null=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("message for later")
        verbose_name_plural = _("messages for later")
        unique_together = [("room", "client_id", "sender")]
        index_together = [("state", "at"), ("sender", "state")]

    def __str__(self):
        return "%s %s" % (self.at, self.text[:40])
