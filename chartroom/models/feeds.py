"""Feeds, and the state of their entries."""
from __future__ import unicode_literals

from django.db import models
from django.utils.encoding import python_2_unicode_compatible
from django.utils.translation import ugettext_lazy as _

from chartroom.models.rooms import Room


@python_2_unicode_compatible
class Feed(models.Model):
    """
    A feed whose entries are published in a room.

    ``url``: for people to read, without a password and query; ``etag`` and ``modified``: the
    validators of the version that was published last; ``tellings``: the number of such versions,
    so that a copy of `runfeed` detects that another was faster.
    """

    room = models.ForeignKey(Room, verbose_name=_("room"), related_name="feeds", on_delete=models.CASCADE)
    url = models.TextField(_("address"))
    # For the unique index: a URL may be too long for one.
    url_hash = models.CharField(max_length=64, editable=False)
    title = models.CharField(_("title"), max_length=200, blank=True)
    etag = models.TextField(blank=True, default="", editable=False)
    modified = models.TextField(blank=True, default="", editable=False)
    tellings = models.BigIntegerField(default=0, editable=False)
    told_at = models.DateTimeField(_("last published"), null=True, editable=False)

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        unique_together = [("room", "url_hash")]

    def __str__(self):
        return self.title or self.url

    @property
    def sender(self):
        return "feed:%d" % self.pk


class FeedEntry(models.Model):
    """A published entry. ``version`` is 1 at first, and is incremented by each edit."""

    feed = models.ForeignKey(Feed, related_name="entries", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        unique_together = [("feed", "key")]
