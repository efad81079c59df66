# coding: utf-8
"""
Parses a feed document (RSS, Atom, RDF) into entries.

Bytes in, plain values out: no I/O, no database. `reader` runs it in a separate
process: some documents of 100 KB keep the parser busy for minutes.
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

MAX_ENTRIES = 500           # newest entries read from one document
MAX_TITLE = 300             # characters
MAX_SUMMARY = 500           # characters
MAX_SUMMARY_AS_TITLE = 100  # characters, of an entry without a title
MAX_LINK = 2000             # characters
MAX_FEED_TITLE = 150        # characters: the limit of a message's author

# A reference to an invalid code point makes feedparser raise if the document is not well-formed XML.
REFERENCE = re.compile(br"&#(?:x([0-9a-f]+)|([0-9]+))", re.IGNORECASE)
# The end of a complete document, after the NULs of a UTF-16 encoding are removed.
END = re.compile(br"</\s*([\w.-]+:)?(rss|feed|rdf|channel)\s*>\s*(<!--((?!-->).)*-->\s*)*\Z", re.IGNORECASE | re.DOTALL)


def parse(body, url, content_type=""):
    """
    Return ``{"title": …, "entries": […], "left_out": n}``, oldest entry first, all plain text.

    An entry has ``key`` (its identity, 40 characters), ``hash`` (changes when its visible
    content does), ``title``, and optionally ``summary``, ``link`` (http or https) and
    ``date`` (ISO 8601, UTC). Raises `FeedError` if the body is not a feed, or is truncated.
    """
    # Never passed as text: feedparser would treat it as a URL or a file name. Nor with the URL as its base:
    # feedparser would resolve ids that are not URLs against it, and they would change with a redirect.
    document = feedparser.parse(
        io.BytesIO(REFERENCE.sub(_valid_reference, body)), response_headers={"content-type": str(content_type)})
    if not document.get("version") and not document.entries:
        raise FeedError("is not a feed (%s)" % one_line(
            document.get("bozo_exception") or content_type or "it is neither RSS nor Atom", 100))
    # Half an entry would be published, and later be published again as edited.
    if document.bozo and not END.search(body[-1000:].replace(b"\x00", b"")):
        raise FeedError("is truncated")

    raws = _oldest_first(_deduplicated(document.entries))
    entries = [_entry(raw, key, url) for key, raw in raws[-MAX_ENTRIES:]]
    title = _text(document.feed.get("title_detail"), MAX_FEED_TITLE)
    return {
        "title": title or one_line(urlsplit(url).hostname, MAX_FEED_TITLE),
        "entries": [entry for entry in entries if entry["title"]],
        "left_out": max(0, len(raws) - MAX_ENTRIES),
    }


def _valid_reference(match):
    digits = (match.group(1) or match.group(2)).lstrip(b"0")
    number = int(digits[:10] or b"0", 16 if match.group(1) else 10)
    return match.group() if 0 < number < 0xd800 or 0xdfff < number < 0x110000 else b"&#xfffd"


def _deduplicated(raws):
    """[(key, entry)]; of several entries with the same key, the first."""
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
            # Hashed, because an id may be of any length and character, and some databases compare without case.
            return _hash([name, raw[name].strip()])[:40]
    return _hash(sorted(link.get("href", "") for link in raw.get("links") or ()))[:40]


def _hash(values):
    return hashlib.sha256(json.dumps(values).encode("ascii")).hexdigest()


def _oldest_first(pairs):
    """Sort by date. An entry without a date stays with its neighbour; documents list the newest first."""
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
                pass  # A leap second, or the year 0.
    return None


def _entry(raw, key, url):
    summary = _text(raw.get("summary_detail"), MAX_SUMMARY)
    if not summary:
        summary = _text((raw.get("content") or [None])[0], MAX_SUMMARY)
    link = _link(raw, url)
    title = _text(raw.get("title_detail"), MAX_TITLE) or one_line(summary, MAX_SUMMARY_AS_TITLE) or link
    entry = {"key": key, "hash": _hash([title, link, summary]), "title": title}
    for name, value in (("summary", summary), ("link", link), ("date", _date(raw))):
        if value:
            entry[name] = value
    return entry


def _text(detail, most):
    """Plain text of feedparser's ``…_detail``, whose type states whether it is HTML."""
    if not detail or not detail.get("value"):
        return ""
    is_html = detail.get("type") in ("text/html", "application/xhtml+xml")
    return one_line(text_of_html(detail["value"]) if is_html else detail["value"], most)


def _link(raw, url):
    """The entry's URL, or that of its enclosure (a podcast episode), or an empty string."""
    for href in [raw.get("link")] + [link.get("href") for link in raw.get("links") or ()]:
        try:
            # feedparser uses the id as a link if there is none; a relative one, such as a number, is no URL.
            base = "" if href == raw.get("id") else url
            link = iri_to_uri(urljoin(base, one_line(href, 2 * MAX_LINK))) if href else ""
            parts = urlsplit(link)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.netloc and len(link) <= MAX_LINK:
            return link
    return ""
