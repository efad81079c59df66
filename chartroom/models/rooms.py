"""Rooms, and their messages in order."""
from __future__ import unicode_literals

import json
import random
import re

from django.core.validators import RegexValidator
from django.db import connections, models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.encoding import python_2_unicode_compatible
from django.utils.translation import ugettext_lazy as _

# Letters, digits, underscore and hyphen of any script; the same in routing.py and urls.py.
ROOM_NAME = r"[\w-]{1,64}"
NAMESPACE = r"\w{1,64}"
DEFAULT_NAMESPACE = "chat"
MAX_AUTHOR = 150  # characters: the longest user name of Django; longer ones of a custom user model are truncated

# The format of a client's frames: JSON, or plain text with one message per frame.
WIRE_JSON = "json"
WIRE_PLAIN = "plain"

SOURCE_SOCKET = "socket"  # messages of people; every other source is a program
GUEST_SENDER = "guest:"   # prefix of a guest's sender, before the guest's key


def group_name(room_id, wire=WIRE_JSON):
    """
    Return the name of the Channels group of a room's readers.

    It contains the primary key, because a group name is limited to ASCII and less than
    100 characters (ASGI draft, "Channels, groups"), and a room's name is not.
    """
    return "room.%d" % room_id if wire == WIRE_JSON else "room.%d.%s" % (room_id, wire)


def is_room_name(name):
    return re.match(r"%s\Z" % ROOM_NAME, name, re.UNICODE) is not None


def is_namespace(name):
    return re.match(r"%s\Z" % NAMESPACE, name, re.UNICODE) is not None


def sender_tag(sender):
    """
    Return the public form of a ``sender``: the same for all its messages, without
    revealing the guest's key. Empty for an empty sender.
    """
    return salted_hmac("chartroom.sender", sender).hexdigest()[:12] if sender else ""


class RoomQuerySet(models.QuerySet):

    def named(self, namespace, name):
        """
        Return the `Room` with exactly this name, or None.

        Every search by name calls this: with a case-insensitive collation, MySQL finds another room, whose
        permissions may be different.
        """
        found = self.filter(namespace=namespace, name=name)
        return next((room for room in found if (room.namespace, room.name) == (namespace, name)), None)

    def as_committed(self):
        """
        The rooms as they are, although the transaction began earlier; requires a transaction.

        On MySQL with REPEATABLE READ, only a query that locks the rows sees what others have committed since.
        PostgreSQL needs no lock for that, and this one would block rows that refer to the room.
        """
        return self.select_for_update() if connections[self.db].vendor == "mysql" else self.all()

    def starting_with(self, start):
        """The rooms whose names start so, in upper or lower case."""
        # On MySQL, `istartswith` depends on the column's collation, by which names are compared byte by byte.
        return self.annotate(lower_name=Lower("name")).filter(
            models.Q(name__istartswith=start) | models.Q(lower_name__startswith=start.lower()))


@python_2_unicode_compatible
class Room(models.Model):
    """A room. ``last_seq`` is the number of its newest message, and so the number of its messages."""

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
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        unique_together = [("namespace", "name")]
        # For the list of rooms: those of one namespace, most recently active first.
        index_together = [("namespace", "last_at")]

    def __str__(self):
        return "%s/%s" % (self.namespace, self.name)


@python_2_unicode_compatible
class ChatMessage(models.Model):
    """
    A stored message. Only `store.store` creates rows, because it assigns the ``seq``.

    ``sender`` identifies the author, for the unique index by which a retry is stored once:
    ``user:<pk>``, ``guest:<key>``, or empty for a socket without a session.
    """

    # No index for this column, because both unique indexes start with it.
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
            # client_id is second, so that one query by this index finds the messages of a batch that exist already.
            ("room", "client_id", "source", "sender"),
        ]

    def __str__(self):
        return "%s #%s" % (self.room_id, self.seq)

    @property
    def key(self):
        """The key of the message, which is the same for a retry."""
        return (self.room_id, self.client_id, self.source, self.sender)

    @property
    def is_removed(self):
        """Whether a moderator removed the text; the row keeps its number."""
        return bool(self.data and self.data.get("removed"))

    @property
    def by_guest(self):
        """Whether the message is from a guest or nobody, not from a user: ``author`` is not verified."""
        is_nobody = not self.sender and self.source == SOURCE_SOCKET
        return is_nobody or self.sender.startswith(GUEST_SENDER)

    @property
    def data(self):
        """The structured data (dict), or None."""
        return json.loads(self.data_json) if self.data_json else None

    @data.setter
    def data(self, value):
        self.data_json = "" if value is None else json.dumps(value)


MAX_GENERATION = 2 ** 20


def random_generation():
    """Not counted: the same backup may be restored twice, and then counting would give the same number."""
    return random.SystemRandom().randint(1, MAX_GENERATION)


@python_2_unicode_compatible
class Restoration(models.Model):
    """A restoration of the database from a backup. The ``generation`` of the last one is part of each room's epoch: see `rooms.epochs`."""

    generation = models.IntegerField(default=random_generation, editable=False)
    at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("restoration from a backup")
        verbose_name_plural = _("restorations from a backup")

    def __str__(self):
        return "%s" % self.at
