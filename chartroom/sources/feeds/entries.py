# coding: utf-8
"""
What there is to tell in a feed's document (RSS, Atom, RDF).

Bytes in, plain values out: no I/O, no database. Run it by `reader`, in a process
of its own: some documents of 100 KB would hold this one for minutes.
"""
from __future__ import unicode_literals

import datetime
import hashlib
import io
import json
import re
from operator import itemgetter

import feedparser
from django.utils.encoding import iri_to_uri
from six.moves.urllib.parse import urljoin, urlsplit

from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.plain_text import one_line, text_of_html

MAX_ENTRIES = 500    # of one document, the newest
MAX_TITLE = 300      # characters
MAX_SUMMARY = 500
MAX_LINK = 2000
MAX_FEED_TITLE = 150  # a message's author has no more

# Characters that there are not: feedparser raises at one in a document that is no XML.
REFERENCE = re.compile(br"&#(?:x([0-9a-f]+)|([0-9]+))", re.IGNORECASE)
# How a document ends that has arrived whole; what is written in two bytes a character has a NUL in each.
END = re.compile(br"</\s*([\w.-]+:)?(rss|feed|rdf|channel)\s*>\s*(<!--((?!-->).)*-->\s*)*\Z", re.IGNORECASE | re.DOTALL)


def parse(body, url, content_type=""):
    """
    ``{"title": …, "entries": […], "left_out": n}``, oldest entry first; all of it plain text.

    An entry: ``key`` (its identity, 40 characters), ``hash`` (changes with what
    readers see of it), ``title``, and where it has them ``summary``, ``link``
    (http or https) and ``date`` (ISO 8601, UTC). Raises `FeedError` for what is
    no feed, or only a part of one.
    """
    # Never a text: feedparser would take one for an address or a file's name. No address either: it would
    # put it before ids that are none, and they would change with a redirect.
    document = feedparser.parse(io.BytesIO(REFERENCE.sub(_possible, body)), response_headers={"content-type": str(content_type)})
    if not document.get("version") and not document.entries:
        raise FeedError("is no feed that can be read (%s)" % one_line(
            document.get("bozo_exception") or content_type or "it is neither RSS nor Atom", 100))
    # Half of an entry would be told, and then told to be edited.
    if document.bozo and not END.search(body[-1000:].replace(b"\x00", b"")):
        raise FeedError("breaks off in the middle")

    raws = _oldest_first(_each_once(document.entries))
    entries = [_entry(raw, key, url) for key, raw in raws[-MAX_ENTRIES:]]
    return {
        "title": _text(document.feed.get("title_detail"), MAX_FEED_TITLE) or one_line(urlsplit(url).hostname, MAX_FEED_TITLE),
        "entries": [entry for entry in entries if entry["title"]],
        "left_out": max(0, len(raws) - MAX_ENTRIES),
    }


def _possible(match):
    digits = (match.group(1) or match.group(2)).lstrip(b"0")
    number = int(digits[:10] or b"0", 16 if match.group(1) else 10)
    return match.group() if 0 < number < 0xd800 or 0xdfff < number < 0x110000 else b"&#xfffd"


def _each_once(raws):
    """[(key, entry)]; of those that say to be the same, the one that stands first."""
    seen, pairs = set(), []
    for raw in raws:
        key = _key(raw)
        if key not in seen:
            seen.add(key)
            pairs.append((key, raw))
    return pairs


def _key(raw):
    for name in ("id", "link", "title", "summary"):
        if raw.get(name):
            # Hashed: of any length, with any character, and the same for databases that don't tell A from a.
            return _hash([name, raw[name].strip()])[:40]
    return _hash(sorted(link.get("href", "") for link in raw.get("links") or ()))[:40]


def _hash(values):
    return hashlib.sha256(json.dumps(values).encode("ascii")).hexdigest()


def _oldest_first(pairs):
    """By date; one without goes with the one before it. Documents have their newest first."""
    dated, date = [], ""
    for pair in reversed(pairs):
        date = _date(pair[1]) or date
        dated.append((date, pair))
    return [pair for _, pair in sorted(dated, key=itemgetter(0))]


def _date(raw):
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        if raw.get(name):
            try:
                return datetime.datetime(*raw[name][:6]).isoformat() + "Z"
            except ValueError:
                pass  # A second 60, or a year 0.
    return None


def _entry(raw, key, url):
    summary = _text(raw.get("summary_detail"), MAX_SUMMARY)
    if not summary:
        summary = _text((raw.get("content") or [None])[0], MAX_SUMMARY)
    link = _link(raw, url)
    title = _text(raw.get("title_detail"), MAX_TITLE) or one_line(summary, 100) or link
    entry = {"key": key, "hash": _hash([title, link, summary]), "title": title}
    for name, value in (("summary", summary), ("link", link), ("date", _date(raw))):
        if value:
            entry[name] = value
    return entry


def _text(detail, most):
    """feedparser's ``…_detail``, whose type says whether a ``<`` in it begins a tag."""
    if not detail or not detail.get("value"):
        return ""
    is_html = detail.get("type") in ("text/html", "application/xhtml+xml")
    return one_line(text_of_html(detail["value"]) if is_html else detail["value"], most)


def _link(raw, url):
    """The entry's address, or that of what it brings (a podcast's), or an empty text."""
    for href in [raw.get("link")] + [link.get("href") for link in raw.get("links") or ()]:
        try:
            # An id stands for the link where there is none, but not one that is only a number.
            base = "" if href == raw.get("id") else url
            link = iri_to_uri(urljoin(base, one_line(href, 2 * MAX_LINK))) if href else ""
            parts = urlsplit(link)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.netloc and len(link) <= MAX_LINK:
            return link
    return ""
