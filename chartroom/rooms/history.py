"""Loads stored messages in pages of bounded size, by an index, however old they are."""
from __future__ import unicode_literals

from chartroom.conf import conf
from chartroom.models import ChatMessage, sender_tag
from chartroom.models.schedule import in_utc
from chartroom.wire import limits, server_frames

PAGE_BYTES = 256 * 1024  # of text and data in one page


def wire(message):
    """Return a stored `ChatMessage` as the dict in frames."""
    return wires([message])[0]


def wires(messages):
    """Like `wire`, for a list. Tags are HMACs, so they are computed once per sender, not per message."""
    tags = {sender: sender_tag(sender) for sender in {message.sender for message in messages}}
    return [
        server_frames.message(
            seq=message.seq, id=message.client_id, author=message.author, sender=tags[message.sender],
            source=message.source, text=message.message, at=in_utc(message.at), guest=message.by_guest, data=message.data,
        )
        for message in messages
    ]


def newest(room):
    """Return the newest page of a room, a list of message dicts, oldest first."""
    return _before(room.pk, limits.MAX_SEQ, conf.PAGE_SIZE)[0]


def after(room_id, since, limit=None):
    """Return ``(wires, complete)``: the messages after ``since``, and whether these are all."""
    limit = _bounded(limit, conf.CATCH_UP_SIZE)
    rows = list(ChatMessage.objects.filter(room_id=room_id, seq__gt=since).order_by("seq")[:limit + 1])
    page = _within(rows[:limit])
    return wires(page), len(page) == len(rows)


def _within(rows):
    """The first rows that fit in `PAGE_BYTES`, at least one. This bounds the memory that a slow client takes."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.message.encode("utf-8")) + len(row.data_json)
        if size > PAGE_BYTES and number:
            return rows[:number]
    return rows


def before(room_id, seq, limit=None):
    """Return ``(wires, more)``: the messages before ``seq``, oldest first, and whether there are older ones."""
    return _before(room_id, seq, _bounded(limit, conf.PAGE_SIZE))


def _before(room_id, seq, limit):
    rows = list(ChatMessage.objects.filter(room_id=room_id, seq__lt=seq).order_by("-seq")[:limit + 1])
    return wires(rows[:limit][::-1]), len(rows) > limit


def _bounded(limit, most):
    return most if limit is None else max(1, min(limit, most))
