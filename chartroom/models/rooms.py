"""Rooms, and their messages in order."""
from __future__ import unicode_literals

import json
import re

from django.core.validators import RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.encoding import python_2_unicode_compatible
from django.utils.translation import ugettext_lazy as _

# Letters, digits, underscore and hyphen of any script; the same in routing.py and urls.py.
ROOM_NAME = r"[\w-]{1,64}"
NAMESPACE = r"\w{1,64}"
DEFAULT_NAMESPACE = "chat"
MAX_AUTHOR = 150  # characters: Django's longest name of a user; a longer one of a project's own users is cut

# How a reader of a room wants its frames: as JSON, or one bare text a message.
WIRE_JSON = "json"
WIRE_PLAIN = "plain"


# What the sender of a guest begins with; its key follows.
SOURCE_SOCKET = "socket"  # people; every other source is a program
GUEST_SENDER = "guest:"


def group_name(room_id, wire=WIRE_JSON):
    """
    The name of the Channels group of a room's readers.

    By primary key, because a group's name is ASCII of under 100 characters
    (ASGI draft, "Channels, groups") and a room's name is not.
    """
    return "room.%d" % room_id if wire == WIRE_JSON else "room.%d.%s" % (room_id, wire)


def is_room_name(name):
    return re.match(r"%s\Z" % ROOM_NAME, name, re.UNICODE) is not None


def is_namespace(name):
    return re.match(r"%s\Z" % NAMESPACE, name, re.UNICODE) is not None


def sender_tag(sender):
    """
    What the others see of a ``sender``: the same for all messages of one, and
    nothing that its session could be guessed from. Empty for nobody.
    """
    return salted_hmac("chartroom.sender", sender).hexdigest()[:12] if sender else ""


@python_2_unicode_compatible
class Room(models.Model):
    """A room; ``last_seq`` is the number of its newest message, and of its messages."""

    namespace = models.CharField(
        _("namespace"), max_length=64, default=DEFAULT_NAMESPACE,
        validators=[RegexValidator(re.compile(r"^%s\Z" % NAMESPACE, re.UNICODE))],
    )
    name = models.CharField(
        _("name"), max_length=64,
        validators=[RegexValidator(re.compile(r"^%s\Z" % ROOM_NAME, re.UNICODE))],
    )
    last_seq = models.BigIntegerField(_("last number"), default=0, editable=False)
    last_at = models.DateTimeField(_("last message"), null=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        unique_together = [("namespace", "name")]
        # The list of rooms: one namespace's, most recently talked in first.
        index_together = [("namespace", "last_at")]

    def __str__(self):
        return "%s/%s" % (self.namespace, self.name)


@python_2_unicode_compatible
class ChatMessage(models.Model):
    """
    A stored message. `store.store` alone makes rows: it gives the ``seq``.

    ``sender`` says who, for the unique index that makes a retry harmless:
    ``user:<pk>``, ``guest:<key>``, or empty for a socket without a session.
    """

    # No index of its own: both of the unique ones begin with it.
    room = models.ForeignKey(
        Room, verbose_name=_("room"), related_name="messages", on_delete=models.CASCADE, db_index=False)
    seq = models.BigIntegerField(_("number"))
    message = models.TextField(_("message"))
    author = models.CharField(_("author"), max_length=MAX_AUTHOR, blank=True)
    source = models.CharField(_("source"), max_length=16)
    sender = models.CharField(max_length=64, blank=True)
    client_id = models.CharField(_("client's id"), max_length=64)
    at = models.DateTimeField(_("time"), db_index=True)
    data_json = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        unique_together = [
            ("room", "seq"),
            # client_id second, so that one query finds a whole batch's known ids by the index.
            ("room", "client_id", "source", "sender"),
        ]

    def __str__(self):
        return "%s #%s" % (self.room_id, self.seq)

    @property
    def key(self):
        """What a retry has in common with its first try."""
        return (self.room_id, self.client_id, self.source, self.sender)

    @property
    def is_removed(self):
        """Whether a moderator took the text away; the row keeps its place."""
        return bool(self.data and self.data.get("removed"))

    @property
    def by_guest(self):
        """Whether its author chose the name, and so may have chosen somebody else's, or has none: no user is behind it."""
        is_nobody = not self.sender and self.source == SOURCE_SOCKET
        return is_nobody or self.sender.startswith(GUEST_SENDER)

    @property
    def data(self):
        """The structured data (dict), or None."""
        return json.loads(self.data_json) if self.data_json else None

    @data.setter
    def data(self, value):
        self.data_json = "" if value is None else json.dumps(value)
