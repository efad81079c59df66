# coding: utf-8
from __future__ import unicode_literals

import json

import pytest

from chartroom.sources.feeds.entries import MAX_ENTRIES, MAX_FEED_TITLE, MAX_LINK, MAX_SUMMARY, MAX_TITLE, parse
from chartroom.sources.feeds.errors import FeedError
from chartroom.wire.limits import MAX_DATA, MAX_TEXT
from chartroom.wire.values import is_clean
from tests.sources.feeds.server import rss

URL = "http://example.org/blog/feed.xml"


def entries_of(*items, **options):
    return parse(rss(*items, **options), URL)["entries"]


def entry_of(**elements):
    [entry] = entries_of(elements)
    return entry


def atom(*entries, **options):
    return ('<feed xmlns="http://www.w3.org/2005/Atom" %s><title>The feed</title>%s</feed>' % (
        options.get("attributes", ""), "".join("<entry>%s</entry>" % entry for entry in entries))).encode("utf-8")


def atom_title(markup):
    [entry] = parse(atom("<id>tag:a</id>" + markup), URL)["entries"]
    return entry["title"]


def titles(entries):
    return [entry["title"] for entry in entries]


class TestAnEntry:

    def test_has_all_values_of_the_feed(self):
        entry = entry_of(
            title="Hello", guid="1", link="http://example.org/1", description="<p>One.</p><p>Two.</p>",
            pubDate="Sat, 21 Nov 2026 12:00:00 +0200")
        assert {name: entry[name] for name in ("title", "link", "summary", "date")} == {
            "title": "Hello", "link": "http://example.org/1", "summary": "One. Two.", "date": "2026-11-21T10:00:00Z"}
        assert len(entry["key"]) == 40

    def test_has_no_keys_without_values(self):
        assert set(entry_of(title="Hello")) == {"key", "hash", "title"}

    def test_of_atom_has_them_too(self):
        [entry] = parse(atom(
            '<id>tag:a</id><title>发布</title><link href="/1"/><content type="html">&lt;p&gt;x &amp;amp; y&lt;/p&gt;</content>'
            "<published>2026-11-21T12:00:00+02:00</published><updated>2026-11-22T00:00:00Z</updated>"), URL)["entries"]
        assert (entry["title"], entry["link"], entry["summary"], entry["date"]) == (
            "发布", "http://example.org/1", "x & y", "2026-11-21T10:00:00Z")

    @pytest.mark.parametrize("elements, title", [
        ({"description": "<p>What it is about</p>"}, "What it is about"),
        ({"description": "word " * 40}, ("word " * 20)[:99].rstrip() + "…"),
        ({"link": "http://example.org/1"}, "http://example.org/1"),
        ({"title": " \n ", "link": "http://example.org/1"}, "http://example.org/1"),
    ])
    def test_without_a_title_is_named_after_what_it_has(self, elements, title):
        assert entry_of(**elements)["title"] == title

    def test_without_any_content_is_left_out(self):
        assert entries_of({"guid": "1"}, {"author": "Ann"}) == []

    @pytest.mark.parametrize("date", ["yesterday", "", "Sat, 99 Nov 2026 12:00:00", "x" * 5000])
    def test_with_an_invalid_date_has_none(self, date):
        assert "date" not in entry_of(title="Hello", pubDate=date)


class TestText:

    @pytest.mark.parametrize("markup, title", [
        ("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>", "<script>alert(1)</script>"),
        ('<title type="text">a &lt;b&gt;tag&lt;/b&gt;</title>', "a <b>tag</b>"),
        ('<title type="html">a &lt;b&gt;tag&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt; 1 &amp;lt; 2</title>', "a tag 1 < 2"),
        ('<title type="html">&lt;img src=x onerror=alert(1)&gt;Hi</title>', "Hi"),
        ('<title type="html">&lt;scr&lt;script&gt;&lt;/script&gt;ipt&gt;alert(1)</title>', "ipt>alert(1)"),
        ('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><b>a</b> &lt;i&gt;<script>bad()</script></div></title>', "a <i>"),
        ("<title>Tom &amp;amp; Jerry</title>", "Tom &amp; Jerry"),
        ('<title type="html">Tom &amp;amp; Jerry &amp;eacute;</title>', "Tom & Jerry é"),
    ])
    def test_is_what_the_feed_means(self, markup, title):
        assert atom_title(markup) == title

    @pytest.mark.parametrize("text, title", [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("AT&amp;T <b>bold</b>", "AT&T bold"),
    ])
    def test_of_rss_is_html_where_it_looks_like_it(self, text, title):
        assert entry_of(title=text)["title"] == title

    @pytest.mark.parametrize("html, summary", [
        ("<p>one</p><p>two</p>", "one two"), ("one<br>two", "one two"), ("o<b>n</b>e", "one"),
        ("<ul><li>one<li>two</ul>", "one two"), ("<p>one</p><script>two</script><style>three</style>", "one"),
        ("<p>a</p><!-- b --><p>c", "a c"), ("<p>&#x4f60;&nbsp;&amp;</p>", "你 &"),
    ])
    def test_is_separated_where_elements_end(self, html, summary):
        assert entry_of(title="x", description=html)["summary"] == summary

    def test_is_one_line(self):
        assert entry_of(title="a\n b\t\tc")["title"] == "a b c"

    def test_is_text_that_a_database_and_a_page_hold(self):
        # No longer well-formed, so feedparser uses its loose parser.
        document = rss({"title": "TITLE"}).replace(b"TITLE", b"a&#0;b &#xd800;c&#x1b; &#55357;&#56832;&#99999999999999999999; \x0b")
        [entry] = parse(document, URL)["entries"]
        assert is_clean(entry["title"]) and {"a", "b"} < set(entry["title"])

    def test_is_bounded(self):
        body = rss({"title": "\U0001f600" * 5000, "description": "\U0001f600" * 90000, "link": "http://e.org/" + "x" * (MAX_LINK - 13)},
                   title="\U0001f600" * 5000)
        document = parse(body, URL)
        [entry] = document["entries"]
        assert len(document["title"]) == MAX_FEED_TITLE and len(entry["link"]) == MAX_LINK
        assert (len(entry["title"]), len(entry["summary"])) == (MAX_TITLE, MAX_SUMMARY)
        assert entry["title"].endswith("…")
        assert len(entry["title"] + "\n" + entry["link"]) <= MAX_TEXT
        assert len(json.dumps([entry, entry["key"], document["title"]])) < MAX_DATA - 500

    def test_nesting_without_an_end_is_text_too(self):
        assert entry_of(title="x", description="<b><div>" * 2000 + "end")["summary"] == "end"


class TestLinks:

    @pytest.mark.parametrize("link", [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "ftp://example.org/", "http://[bad", "mailto:a@example.org", "http://example.org/" + "x" * MAX_LINK,
    ])
    def test_are_http_urls_only(self, link):
        assert "link" not in entry_of(title="x", link=link)

    @pytest.mark.parametrize("link, expected", [
        ("/1?a=b&c=d", "http://example.org/1?a=b&c=d"), ("2", "http://example.org/blog/2"),
        ("//example.com/1", "http://example.com/1"), ("https://example.org/日", "https://example.org/%E6%97%A5"),
        ("https://example.org/a\"b<c>", "https://example.org/a%22b%3Cc%3E"),
    ])
    def test_are_absolute_urls(self, link, expected):
        assert entry_of(title="x", link=link)["link"] == expected

    def test_may_be_the_enclosure(self):
        body = rss("x").replace(b"</item>", b'<enclosure url="http://e.org/1.mp3" type="audio/mpeg" length="1"/></item>')
        assert parse(body, URL)["entries"][0]["link"] == "http://e.org/1.mp3"

    def test_may_be_an_id_that_is_a_url(self):
        assert entry_of(title="x", guid="http://e.org/1")["link"] == "http://e.org/1"
        assert "link" not in entry_of(title="x", guid="1")


class TestIdentity:

    def keys(self, *items):
        return [entry["key"] for entry in entries_of(*items)]

    def test_is_the_id_whatever_else_changes(self):
        assert entry_of(guid="1", title="a", link="http://e.org/1")["key"] == entry_of(guid="1", title="b", link="http://e.org/2")["key"]

    def test_or_the_link_or_the_title(self):
        assert entry_of(title="a", link="http://e.org/1")["key"] == entry_of(title="b", link="http://e.org/1")["key"]
        assert entry_of(title="a")["key"] == entry_of(title="a", description="x")["key"]
        assert entry_of(title="a")["key"] != entry_of(title="b")["key"]

    def test_is_case_sensitive(self):
        assert len(set(self.keys("a", "A", "á"))) == 3

    def test_does_not_depend_on_where_the_feed_was_found(self):
        assert parse(rss("1"), URL)["entries"][0]["key"] == parse(rss("1"), "https://cdn.example.net/x/")["entries"][0]["key"]

    def test_of_two_that_are_the_same_the_first_counts(self):
        assert titles(entries_of({"guid": "1", "title": "new"}, {"guid": "1", "title": "old"})) == ["new"]

    def test_a_visible_change_is_a_change(self):
        hashes = {entry_of(guid="1", title=title, description=text, link=link)["hash"] for title, text, link in (
            ("a", "x", "http://e.org/1"), ("b", "x", "http://e.org/1"), ("a", "y", "http://e.org/1"), ("a", "x", "http://e.org/2"))}
        assert len(hashes) == 4

    def test_and_nothing_else(self):
        before = entry_of(guid="1", title="a", description="<p>x</p>", pubDate="Sat, 21 Nov 2026 12:00:00 GMT", comments="5")
        after = entry_of(guid="1", title="a\n", description="<div>x</div>", pubDate="Sun, 22 Nov 2026 12:00:00 GMT", comments="6")
        assert before["hash"] == after["hash"]


class TestOrder:

    def test_without_dates_is_that_of_the_document_from_its_end(self):
        assert titles(entries_of("c", "b", "a")) == ["a", "b", "c"]

    def test_with_dates_is_theirs(self):
        items = [{"title": title, "pubDate": "%d Nov 2026 12:00:00 GMT" % day} for title, day in (("b", 2), ("c", 3), ("a", 1))]
        assert titles(entries_of(*items)) == ["a", "b", "c"]

    def test_one_without_a_date_stays_with_its_neighbour(self):
        items = [{"title": title, "pubDate": "%d Nov 2026 12:00:00 GMT" % day} if day else {"title": title}
                 for title, day in (("d", 3), ("c", 0), ("b", 2), ("a", 0))]
        assert titles(entries_of(*items)) == ["a", "b", "c", "d"]

    def test_of_too_many_keeps_the_newest(self):
        document = parse(rss(*["%d" % number for number in range(MAX_ENTRIES + 20, 0, -1)]), URL)
        assert titles(document["entries"]) == ["%d" % number for number in range(21, MAX_ENTRIES + 21)]
        assert document["left_out"] == 20


class TestDocument:

    @pytest.mark.parametrize("title, expected", [("<b>News</b> &amp; more", "News & more"), ("", "example.org"), ("\x85 ", "example.org")])
    def test_has_a_name(self, title, expected):
        assert parse(rss("x", title=title), URL)["title"] == expected

    def test_without_entries_is_a_feed_too(self):
        assert entries_of() == []

    @pytest.mark.parametrize("body", [
        b"", b" ", b"<html><body><h1>Not found</h1></body></html>", b"hello", b"{}", b"\x00\xff", b"<?xml version='1.0'?><x/>",
        b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1/", b"<rss",
    ])
    def test_that_is_not_a_feed_is_refused(self, body):
        with pytest.raises(FeedError) as caught:
            parse(body, URL, "text/html")
        assert "not a feed" in caught.value.detail or "is truncated" in caught.value.detail

    def test_that_is_truncated_is_refused(self):
        whole = rss("c", "b", "a")
        with pytest.raises(FeedError) as caught:
            parse(whole[:-40], URL)
        assert caught.value.detail == "is truncated"

    @pytest.mark.parametrize("body", [
        rss({"title": "AMP"}).replace(b"AMP", b"a & b"), rss("a & b") + b"\n\n", rss("a & b") + b"<!-- 0.1 s -->\n",
        rss({"title": "AMP"}).replace(b"AMP", b"a & b") + b"\n<!-- 0.1 s -->",
    ])
    def test_that_is_not_well_formed_is_read(self, body):
        assert titles(parse(body, URL)["entries"]) == ["a & b"]

    def test_may_end_with_many_comments(self):
        body = rss({"title": "AMP"}).replace(b"AMP", b"a & b") + b"<!---->" * 130
        assert titles(parse(body, URL)["entries"]) == ["a & b"]
        with pytest.raises(FeedError):
            parse(body + b"x", URL)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "iso-8859-1"])
    def test_may_be_in_any_encoding(self, encoding):
        text = "é" if encoding == "iso-8859-1" else "日本é"
        body = rss(text).decode("utf-8").replace("utf-8", encoding).encode(encoding)
        assert titles(parse(body, URL)["entries"]) == [text]
        assert titles(parse(body, URL, "application/rss+xml; charset=%s" % encoding)["entries"]) == [text]

    def test_has_no_files_and_no_entities_of_its_own(self):
        body = rss({"title": "ENTITY"}).replace(b"ENTITY", b"&file;&big;").replace(
            b"<rss", b'<!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa"><!ENTITY big "&a;&a;">]><rss', 1)
        [entry] = parse(body, URL)["entries"]
        assert "root:" not in entry["title"] and "aaaa" not in entry["title"]
