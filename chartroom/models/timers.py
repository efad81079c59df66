# coding: utf-8
"""Messages that are sent at a given time: repeatedly (timers), or once (messages for later)."""
from __future__ import unicode_literals

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.encoding import python_2_unicode_compatible
from django.utils.translation import ugettext_lazy as _

from chartroom.models.rooms import MAX_AUTHOR, Room
from chartroom.models.schedule import BadSchedule, in_utc, schedule, stored

MAX_PROBLEM = 200  # characters


@python_2_unicode_compatible
class Timer(models.Model):
    """
    Publishes ``text`` every ``every`` seconds, or by a ``cron`` expression; exactly one of the two is set.

    ``next_at`` is the next due time, or None if the timer is stopped. ``problem`` is the
    reason if the timer was suspended; saving it again resumes it.
    """

    room = models.ForeignKey(Room, verbose_name=_("room"), related_name="timers", on_delete=models.CASCADE)
    name = models.CharField(_("name"), max_length=64, help_text=_("The author of the messages."))
    text = models.TextField(_("text"), help_text=_(
        "{date}, {time} and {second} are replaced by the due time, in the project's time zone. Example: It is {time}."))
    every = models.PositiveIntegerField(_("every … seconds"), null=True, blank=True)
    cron = models.CharField(_("cron expression"), max_length=100, blank=True, help_text=_(
        "Instead of seconds: minute, hour, day, month, day of the week, in the project's time zone. "
        "0 9 * * mon-fri: at nine on working days."))
    is_active = models.BooleanField(_("running"), default=True, help_text=_(
        "Of the due times missed while no runtimers process is running, only the latest is published."))
    next_at = models.DateTimeField(_("next time"), null=True, blank=True, editable=False)
    last_at = models.DateTimeField(_("last time"), null=True, blank=True, editable=False)
    problem = models.CharField(_("problem"), max_length=MAX_PROBLEM, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        index_together = [("is_active", "next_at")]

    def __str__(self):
        return self.name

    @property
    def sender(self):
        return "timer:%d" % self.pk

    @property
    def schedule(self):
        """Raises `BadSchedule`."""
        return schedule(self.every, self.cron)

    def clean(self):
        super(Timer, self).clean()
        try:
            self.schedule
        except BadSchedule as error:
            raise ValidationError({"cron" if self.cron else "every": error.args[0]})

    def save(self, *args, **kwargs):
        """
        Plan the timer if its schedule has changed. Otherwise do not write ``next_at`` and
        ``last_at``, which `runtimers` updates. Raise `BadSchedule`.
        """
        if kwargs.get("update_fields") is None:
            is_planned = self._has_changed()
            if is_planned:
                self.plan()
            if not self._state.adding:
                others = ("last_at",) if is_planned else ("next_at", "last_at")
                kwargs["update_fields"] = [
                    field.name for field in self._meta.concrete_fields
                    if not field.primary_key and field.name not in others]
        super(Timer, self).save(*args, **kwargs)

    def plan(self):
        """Set ``next_at`` to the first due time from now, so that no past one is published."""
        self.problem = ""
        self.next_at = stored(self.schedule.after(in_utc(timezone.now()))) if self.is_active else None

    def _has_changed(self):
        known = None if self._state.adding else Timer.objects.filter(pk=self.pk).values_list(
            "every", "cron", "is_active", "problem").first()
        return known is None or known != (self.every, self.cron, self.is_active, "")


@python_2_unicode_compatible
class Later(models.Model):
    """
    A message that is sent once, at a time in the future. ``state`` changes from waiting to
    another one only by a compare-and-set, so that one process wins.
    """

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
    problem = models.CharField(_("problem"), max_length=MAX_PROBLEM, blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("message for later")
        verbose_name_plural = _("messages for later")
        unique_together = [("room", "client_id", "sender")]
        index_together = [("state", "at"), ("sender", "state")]

    def __str__(self):
        return "%s %s" % (self.at, self.text[:40])

    def move(self, state, **changes):
        """Change the state from waiting to ``state``; return False, and change nothing, if it is no longer waiting."""
        return Later.objects.filter(pk=self.pk, state=self.WAITING).update(state=state, **changes) == 1
