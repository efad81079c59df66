# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.urlresolvers import reverse
from django.db.models.signals import post_init

from chartroom.models import Feed
from chartroom.sources.feeds.publishing import open_feed

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed():
    return open_feed("http://ann:secret@example.org/feed?key=secret", "blog", "news")


def test_feeds_are_listed_without_secrets(admin_client, feed):
    page = admin_client.get(reverse("admin:chartroom_feed_changelist")).content.decode("utf-8")
    assert "http://example.org/feed?…" in page and "blog/news" in page and "secret" not in page


def test_saving_a_feed_does_not_overwrite_concurrent_changes(admin_client, feed):
    def publish(sender, **kwargs):
        post_init.disconnect(publish, sender=Feed)
        Feed.objects.update(tellings=7, etag="new", modified="today")
    post_init.connect(publish, sender=Feed)
    assert admin_client.post(reverse("admin:chartroom_feed_change", args=[feed.pk])).status_code == 302
    feed.refresh_from_db()
    assert (feed.tellings, feed.etag, feed.modified) == (7, "new", "today")


def test_a_feed_is_read_only(admin_client, feed):
    page = admin_client.get(reverse("admin:chartroom_feed_change", args=[feed.pk])).content.decode("utf-8")
    assert "http://example.org/feed?…" in page and 'name="url"' not in page and "secret" not in page
    assert admin_client.get(reverse("admin:chartroom_feed_add")).status_code == 403
    assert admin_client.post(reverse("admin:chartroom_feed_delete", args=[feed.pk]), {"post": "yes"}).status_code == 403
