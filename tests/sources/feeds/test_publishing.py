# coding: utf-8
from __future__ import unicode_literals

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from chartroom.models import ChatMessage, Feed, FeedEntry, Room
from chartroom.sources.feeds import publishing as module
from chartroom.sources.feeds.entries import MAX_ENTRIES, parse
from chartroom.sources.feeds.fetch import Answer
from chartroom.sources.feeds.publishing import MAX_VERSIONS, open_feed, publish_entries
from chartroom.wire.values import is_clean
from tests.sources.feeds.server import rss
from tests.room_socket import Socket

pytestmark = pytest.mark.django_db(transaction=True)

URL = "http://ann:secret@example.org/feed?key=secret"
ANSWER = Answer(b"", URL, "", '"etag"', "Sat, 21 Nov 2026 12:00:00 GMT")


def feed():
    return open_feed(URL, "blog", "news")


def publish_items(*items, **options):
    target = options.pop("feed", None) or feed()
    return publish_entries(target, parse(rss(*items, **options), "http://example.org/feed"), ANSWER)


def stored():
    return list(ChatMessage.objects.order_by("seq"))


def texts():
    return [message.message for message in stored()]


class TestTheFeed:

    def test_is_one_for_each_address_and_room(self):
        assert feed() == feed()
        assert len({feed().pk, open_feed(URL, "blog", "other").pk, open_feed(URL + "x", "blog", "news").pk}) == 3

    def test_is_stored_without_secrets(self):
        assert "secret" not in "%s" % Feed.objects.filter(pk=feed().pk).values().get()

    def test_makes_its_room(self):
        feed()
        assert "%s" % Room.objects.get() == "blog/news"


class TestAnEntry:

    def test_is_a_message_with_all_its_values(self, layer):
        reader = Socket(layer, "/blog/news/").connect()
        assert publish_items({
            "title": "Hello", "guid": "1", "link": "http://example.org/1", "description": "<p>Text</p>",
            "pubDate": "Sat, 21 Nov 2026 12:00:00 GMT"}, title="News") == 1
        [message] = stored()
        key = FeedEntry.objects.get().key
        assert (message.message, message.source, message.author) == ("Hello\nhttp://example.org/1", "feed", "News")
        assert (message.sender, message.client_id) == ("feed:%d" % feed().pk, key + ".1")
        assert message.data == {
            "title": "Hello", "link": "http://example.org/1", "summary": "Text", "date": "2026-11-21T12:00:00Z",
            "feed": "News", "entry": key}
        assert [wire["text"] for frame in reader.frames_of("messages") for wire in frame["messages"]] == [message.message]

    def test_without_a_link_is_its_title(self, layer):
        publish_items("Hello")
        assert texts() == ["Hello"]

    def test_with_only_a_link_is_the_link_once(self, layer):
        publish_items({"link": "http://example.org/1"})
        assert texts() == ["http://example.org/1"]

    @pytest.mark.parametrize("title", ["<script>alert(1)</script>", "\u202e\u0007evil", "'\"--;", "%s %(x)s {}", "\U0001f600" * 1000, "x" * 9000])
    def test_may_be_called_anything(self, layer, title):
        assert publish_items({"title": title, "guid": title, "description": title}, title=title) == 1
        assert is_clean(stored()[0].message)

    def test_is_published_once(self, layer):
        assert publish_items("b", "a") == 2
        assert publish_items("b", "a") == 0
        assert publish_items("c", "b", "a") == 1
        assert texts() == ["a", "b", "c"]

    def test_is_published_once_though_it_was_absent(self, layer):
        publish_items("b", "a")
        publish_items("b")
        assert publish_items("c", "a") == 1
        assert texts() == ["a", "b", "c"]


class TestAnEdit:

    def test_is_a_message_that_names_the_edited_entry(self, layer):
        publish_items({"guid": "1", "title": "old"})
        assert publish_items({"guid": "1", "title": "new"}) == 1
        first, second = stored()
        assert second.message == "new" and second.client_id == first.client_id[:-1] + "2"
        assert (second.data["edits"], second.data["edited"]) == (first.data["entry"], True)
        assert "edits" not in first.data

    def test_is_published_once(self, layer):
        for title in ("a", "b", "b", "a", "a"):
            publish_items({"guid": "1", "title": title})
        assert texts() == ["a", "b", "a"] and FeedEntry.objects.get().version == 3

    def test_is_not_another_order_nor_another_date(self, layer):
        publish_items("b", "a")
        assert publish_items({"guid": "a", "title": "a", "pubDate": "Sat, 21 Nov 2026 12:00:00 GMT"}, "b") == 0

    def test_is_published_up_to_the_maximum(self, layer, caplog):
        with caplog.at_level(logging.WARNING, "chartroom"):
            for number in range(MAX_VERSIONS + 5):
                publish_items({"guid": "1", "title": "read %d times" % number})
        assert len(stored()) == MAX_VERSIONS
        assert len([record for record in caplog.records if "further edits are not published" in record.getMessage()]) == 1


class TestTheTransaction:

    def test_stores_the_validators_of_the_server(self, layer):
        before = now()
        publish_items("a")
        kept = feed()
        assert (kept.etag, kept.modified, kept.title) == (ANSWER.etag, ANSWER.modified, "The feed")
        assert kept.told_at >= before

    def test_stores_all_or_nothing(self, layer, monkeypatch):
        reader = Socket(layer, "/blog/news/").connect()
        monkeypatch.setattr(module, "_save_versions", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish_items("a")
        assert stored() == [] and feed().etag == "" and reader.frames_of("messages") == []
        monkeypatch.undo()
        assert publish_items("a") == 1

    def test_ignores_a_document_that_may_be_outdated(self, layer):
        slow = feed()
        publish_items({"guid": "1", "title": "new"})
        assert publish_items({"guid": "1", "title": "old"}, feed=slow) is None
        assert texts() == ["new"]

    def test_ignores_a_feed_that_was_deleted(self, layer):
        gone = feed()
        Room.objects.all().delete()
        assert publish_items("a", feed=gone) is None
        assert publish_items("a") == 1

    def test_has_no_query_for_each_entry(self, layer):
        known = feed()
        for version in ("new", "edited"):
            items = [{"guid": "%d" % number, "title": version} for number in range(MAX_ENTRIES)]
            with CaptureQueriesContext(connection) as captured:
                assert publish_items(*items, feed=known) == MAX_ENTRIES
            # SQLite takes 999 values in one statement.
            assert len(captured) < 30
            known = feed()
        assert len(stored()) == 2 * MAX_ENTRIES
