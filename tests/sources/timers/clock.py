"""A stopped clock, times from text, and the stored messages, for the tests of timers."""
from __future__ import unicode_literals

from datetime import datetime

from django.utils import timezone

from chartroom.models import ChatMessage


def utc(text):
    """``"2024-05-01 12:00"`` or with seconds, as a moment."""
    form = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc)


class Clock(object):
    """Makes `timezone.now` return the time that it was ``set`` to."""

    def __init__(self, monkeypatch, text):
        self.set(text)
        monkeypatch.setattr(timezone, "now", lambda: self.time)

    def set(self, text):
        self.time = utc(text)


def messages():
    """All stored messages, in order."""
    return list(ChatMessage.objects.order_by("room", "seq"))


def texts():
    return [message.message for message in messages()]
