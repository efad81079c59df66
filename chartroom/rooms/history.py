"""Stored messages, read back page by page: bounded, by index, at any depth."""
from __future__ import unicode_literals

from django.utils import timezone

from chartroom.conf import conf
from chartroom.models import ChatMessage, sender_tag
from chartroom.wire import limits, server_frames


PAGE_BYTES = 256 * 1024  # of the texts in one answer


def wire(message):
    """A stored `ChatMessage` as the dict that each frame carries."""
    return wires([message])[0]


def wires(messages):
    """As `wire`, for many. A tag is an HMAC and the senders are few, so each sender's is made once."""
    tags = {sender: sender_tag(sender) for sender in {message.sender for message in messages}}
    return [
        server_frames.message(
            seq=message.seq, id=message.client_id, author=message.author, sender=tags[message.sender],
            source=message.source, text=message.message, at=_utc(message.at), guest=message.by_guest, data=message.data,
        )
        for message in messages
    ]


def _utc(at):
    # Naive where the project has USE_TZ off: then it is of the project's time zone.
    return at if timezone.is_aware(at) else timezone.get_default_timezone().localize(at).astimezone(timezone.utc)


def newest(room):
    """The newest page of a room: a list of wire dicts, oldest first."""
    return _before(room.pk, limits.MAX_SEQ, conf.PAGE_SIZE)[0]


def after(room_id, since, limit=None):
    """``(wires, complete)``: what follows ``since``, and whether that is all there is."""
    limit = _bounded(limit, conf.CATCH_UP_SIZE)
    rows = list(ChatMessage.objects.filter(room_id=room_id, seq__gt=since).order_by("seq")[:limit + 1])
    page = _within(rows[:limit])
    return wires(page), len(page) == len(rows)


def _within(rows):
    """As many of the first as a frame may carry: what one reader leaves unread is bounded."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.message.encode("utf-8")) + len(row.data_json)
        if size > PAGE_BYTES and number:
            return rows[:number]
    return rows


def before(room_id, seq, limit=None):
    """``(wires, more)``: what stands before ``seq``, oldest first, and whether older ones remain."""
    return _before(room_id, seq, _bounded(limit, conf.PAGE_SIZE))


def _before(room_id, seq, limit):
    rows = list(ChatMessage.objects.filter(room_id=room_id, seq__lt=seq).order_by("-seq")[:limit + 1])
    return wires(rows[:limit][::-1]), len(rows) > limit


def _bounded(limit, most):
    return most if limit is None else max(1, min(limit, most))
