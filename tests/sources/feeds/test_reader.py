# coding: utf-8
from __future__ import unicode_literals

import time

import pytest

from chartroom.sources.feeds.deadline import Deadline
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.fetch import Answer
from chartroom.sources.feeds.reader import read
from tests.sources.feeds.server import rss

URL = "http://example.org/日/feed"


def read_body(body, within=20, content_type="application/rss+xml"):
    with Deadline(within) as deadline:
        return read(Answer(body, URL, content_type, "", ""), deadline)


def test_a_document_is_parsed_as_in_process():
    document = read_body(rss({"title": "发布", "link": "1"}))
    [entry] = document["entries"]
    assert (entry["title"], entry["link"], document["title"]) == ("发布", "http://example.org/%E6%97%A5/1", "The feed")


def test_what_is_not_a_feed_is_refused_as_in_process():
    with pytest.raises(FeedError) as caught:
        read_body(b"<html></html>", content_type="text/html")
    assert "not a feed" in caught.value.detail


def test_what_takes_too_long_is_killed():
    """feedparser needs hours for it, and would block all threads of its process."""
    before = time.time()
    with pytest.raises(FeedError) as caught:
        read_body(rss({"title": "x", "author": "a" * 1000000}), within=2)
    assert caught.value.detail == "can't be read within 2 s" and time.time() - before < 10


def test_the_cpu_time_is_limited_without_the_parent(monkeypatch, tmpdir):
    tmpdir.join("sitecustomize.py").write(
        "import resource\n"
        "limit = resource.setrlimit\n"
        "resource.setrlimit = lambda kind, bounds: limit(kind, (1, 1) if kind == resource.RLIMIT_CPU else bounds)\n")
    monkeypatch.syspath_prepend(str(tmpdir))
    with pytest.raises(FeedError) as caught:
        read_body(rss({"title": "x", "author": "a" * 1000000}))
    assert "status -" in caught.value.detail


def test_what_needs_too_much_memory_is_refused(monkeypatch, tmpdir):
    tmpdir.join("feedparser.py").write("def parse(*args, **options):\n    return b'x' * 2 ** 31")
    monkeypatch.syspath_prepend(str(tmpdir))
    with pytest.raises(FeedError) as caught:
        read_body(rss("x"))
    assert "MemoryError" in caught.value.detail


def test_an_error_in_the_child_is_reported_in_one_line(monkeypatch, tmpdir):
    tmpdir.join("feedparser.py").write("raise ImportError('nothing here')")
    monkeypatch.syspath_prepend(str(tmpdir))
    with pytest.raises(FeedError) as caught:
        read_body(rss("x"))
    assert caught.value.detail == "can't be read (status 1: ImportError: nothing here)"


def test_it_is_killed_at_once_when_the_deadline_is_over():
    with Deadline(20) as deadline:
        deadline.end()
        with pytest.raises(FeedError):
            read(Answer(rss("x"), URL, "", "", ""), deadline)
