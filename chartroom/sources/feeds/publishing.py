"""
Tells a room of a feed's entries, each once.

One transaction: it locks the feed's row before anything else, so two running
copies tell one after the other; and what the feed's server said of the version
is written with the messages, so a crash leaves both or neither.
"""
from __future__ import unicode_literals

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chartroom.models import Feed, FeedEntry
from chartroom.publish import message_row, publish_rows
from chartroom.rooms.store import own_room
from chartroom.sources.feeds.address import shown, url_hash

logger = logging.getLogger("chartroom.sources.feeds")

SOURCE = "feed"
# A feed that says something else each time, such as how often it was read, would fill the room by itself.
MAX_VERSIONS = 20


def open_feed(url, namespace, room):
    """The `Feed` of that address in that room, made where it is not there yet, and so the room."""
    try:
        return Feed.objects.select_related("room").get(room__namespace=namespace, room__name=room, url_hash=url_hash(url))
    except Feed.DoesNotExist:
        return Feed.objects.get_or_create(
            room=own_room(namespace, room), url_hash=url_hash(url), defaults={"url": shown(url)})[0]


def tell(feed, document, answer):
    """
    Publishes what is new or changed in a document (`entries.parse`); returns
    how many messages that made.

    None, and nothing is done, where another copy has told since ``feed`` was
    read: the document may be older than what it told.
    """
    with transaction.atomic():
        if not Feed.objects.filter(pk=feed.pk, tellings=feed.tellings).update(tellings=F("tellings") + 1):
            return None
        news = _news(feed, document["entries"])
        for outcome in publish_rows([_message(feed, document["title"], entry, version) for entry, version in news]):
            if outcome.error is not None:
                logger.error("Not told again: %s (%s)", outcome.message.message, outcome.error.detail)
        _remember(feed, news)
        told = {"told_at": timezone.now()} if news else {}
        Feed.objects.filter(pk=feed.pk).update(
            title=document["title"], etag=answer.etag, modified=answer.modified, **told)
    return len(news)


def _news(feed, entries):
    """[(entry, its version)] of those that are not known like that."""
    rows = FeedEntry.objects.filter(feed=feed, key__in=[entry["key"] for entry in entries])
    known = {row.key: row for row in rows}
    news = []
    for entry in entries:
        row = known.get(entry["key"])
        if row is None:
            news.append((entry, 1))
        elif row.content_hash != entry["hash"] and row.version < MAX_VERSIONS:
            news.append((entry, row.version + 1))
    return news


def _message(feed, title, entry, version):
    data = {name: entry[name] for name in ("title", "link", "summary", "date") if name in entry}
    data.update(feed=title, entry=entry["key"])
    if version > 1:
        data.update(edits=entry["key"], edited=True)
    text = entry["title"]
    if entry.get("link", text) != text:
        text += "\n" + entry["link"]
    row = message_row(
        text, id="%s.%d" % (entry["key"], version), source=SOURCE, data=data, author=title,
        sender=feed.sender)
    row.room = feed.room
    return row


def _remember(feed, news):
    edited = [entry["key"] for entry, version in news if version > 1]
    if edited:
        FeedEntry.objects.filter(feed=feed, key__in=edited).delete()
    FeedEntry.objects.bulk_create([
        FeedEntry(feed=feed, key=entry["key"], content_hash=entry["hash"], version=version) for entry, version in news])
    for entry, version in news:
        if version == MAX_VERSIONS:
            logger.warning("%s has changed %d times: more is not told.", entry["title"], version - 1)
