"""
Publishes a feed's entries in a room, each version once.

This is one transaction. It locks the feed's row first, so that two processes publish one
after the other; and the server's ETag and Last-Modified are saved with the messages, so
that a crash leaves both or neither.
"""
from __future__ import unicode_literals

import logging

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chartroom.models import Feed, FeedEntry
from chartroom.publish import message_row, publish_rows
from chartroom.rooms.store import own_room
from chartroom.sources.feeds.address import display_url, url_hash

logger = logging.getLogger("chartroom.sources.feeds")

SOURCE = "feed"
# A feed that changes with each request, such as one with a view counter, would fill the room.
MAX_VERSIONS = 20  # messages for one entry, its first version included


def open_feed(url, namespace, room):
    """Return the `Feed` for a URL and a room, creating it and the room if they do not exist."""
    return Feed.objects.select_related("room").get_or_create(
        room=own_room(namespace, room), url_hash=url_hash(url), defaults={"url": display_url(url)})[0]


def publish_entries(feed, document, answer):
    """
    Publish the new and changed entries of a document (`entries.parse`); return the number
    of messages.

    Returns None, and does nothing, if another process has published since ``feed`` was
    loaded: the document may be older than the one that it published.
    """
    with transaction.atomic():
        if not Feed.objects.filter(pk=feed.pk, tellings=feed.tellings).update(tellings=F("tellings") + 1):
            return None
        versions = _new_versions(feed, document["entries"])
        for outcome in publish_rows([_message(feed, document["title"], entry, version) for entry, version in versions]):
            if outcome.error is not None:
                logger.error("Not published again: %s (%s)", outcome.message.message, outcome.error.detail)
        _save_versions(feed, versions)
        published = {"told_at": timezone.now()} if versions else {}
        Feed.objects.filter(pk=feed.pk).update(
            title=document["title"], etag=answer.etag, modified=answer.modified, **published)
    return len(versions)


def _new_versions(feed, entries):
    """[(entry, its version number)] of the entries that are new or have changed."""
    rows = FeedEntry.objects.filter(feed=feed, key__in=[entry["key"] for entry in entries])
    known = {row.key: row for row in rows}
    versions = []
    for entry in entries:
        row = known.get(entry["key"])
        if row is None:
            versions.append((entry, 1))
        elif row.content_hash != entry["hash"] and row.version < MAX_VERSIONS:
            versions.append((entry, row.version + 1))
    return versions


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


def _save_versions(feed, versions):
    edited = [entry["key"] for entry, version in versions if version > 1]
    if edited:
        FeedEntry.objects.filter(feed=feed, key__in=edited).delete()
    FeedEntry.objects.bulk_create([
        FeedEntry(feed=feed, key=entry["key"], content_hash=entry["hash"], version=version)
        for entry, version in versions])
    for entry, version in versions:
        if version == MAX_VERSIONS:
            logger.warning(
                "%s has changed %d times: further edits are not published.", entry["title"], version - 1)
