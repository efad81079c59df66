# coding: utf-8
from __future__ import unicode_literals

import logging
import threading
import time

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

from chartroom.models import ChatMessage, Feed, Room
from chartroom.sources.feeds import follower as module
from chartroom.sources.feeds.follower import Follower
from tests.sources.feeds.server import rss

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def allowed(layer, settings):
    settings.CHARTROOM_FEED_ALLOW_PRIVATE = True


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "chartroom.sources.feeds")

    def lines():
        return [record.getMessage() for record in caplog.records if record.name == "chartroom.sources.feeds"]
    return lines


def follower_of(url, every=5):
    return Follower(url, "news", every, "blog")


def raising(error):
    def raise_it(*args):
        raise error
    return raise_it


def texts():
    return list(ChatMessage.objects.order_by("seq").values_list("message", flat=True))


class TestAPoll:

    def test_publishes_what_is_new(self, server, log):
        follower = follower_of(server.serve(rss("b", "a")))
        assert follower.poll() == 5
        server.serve(rss("c", "b", "a"))
        assert follower.poll() == 5
        assert texts() == ["a", "b", "c"]
        assert log() == ["Published %d entries of %s for blog/news." % (count, server.url()) for count in (2, 1)]

    def test_requests_changes_only(self, server, monkeypatch):
        follower = follower_of(server.serve(rss("a")))
        follower.poll()
        monkeypatch.setattr(module, "read", raising(AssertionError("read again")))
        assert follower.poll() == 5
        # Also after a restart.
        assert follower_of(server.url()).poll() == 5
        assert ["if-none-match" in headers for path, headers in server.requests] == [False, True, True]

    def test_does_not_parse_the_same_body_again(self, server, monkeypatch):
        follower = follower_of(server.serve(rss("a"), validate=False))
        follower.poll()
        monkeypatch.setattr(module, "read", raising(AssertionError("read again")))
        assert follower.poll() == 5

    def test_publishes_again_in_a_room_that_was_created_again(self, server):
        follower = follower_of(server.serve(rss("a"), validate=False))
        follower.poll()
        Room.objects.all().delete()
        follower.poll()
        assert texts() == ["a"]

    def test_publishes_nothing_when_another_process_was_faster(self, server, monkeypatch):
        monkeypatch.setattr(module, "publish_entries", lambda *args: None)
        follower = follower_of(server.serve(rss("a")))
        assert follower.poll() == 5
        monkeypatch.undo()
        follower.poll()
        assert texts() == ["a"]

    def test_logs_when_there_are_too_many_entries(self, server, log):
        follower_of(server.serve(rss(*["%d" % number for number in range(503)]))).poll()
        assert "3 entries more" in log()[0] and len(texts()) == 500

    def test_never_logs_a_password(self, server, log):
        url = server.serve(rss("a")).replace("//", "//ann:secret@") + "?key=secret"
        follower_of(url).poll()
        server.pages.clear()
        follower_of(url).poll()
        server.close()
        follower_of(url).poll()
        assert len(log()) == 3 and not [line for line in log() if "secret" in line or "ann" in line]


class TestFailure:

    def test_is_logged_in_one_line_with_a_growing_pause(self, server, log):
        follower = follower_of(server.url())
        assert [follower.poll() for _ in range(9)] == [10, 20, 40, 80, 160, 320, 600, 600, 600]
        assert log()[0] == "%s for blog/news answered 404 Not Found: the next poll is in 10 s." % server.url() and len(log()) == 9

    def test_ends_with_the_first_poll_that_succeeds(self, server, log):
        follower = follower_of(server.url())
        follower.poll(), follower.poll()
        server.serve(rss())
        assert follower.poll() == 5 and log()[-1].endswith("is back.")
        server.pages.clear()
        assert follower.poll() == 10

    def test_never_shortens_the_pause(self, server):
        assert follower_of(server.url(), every=3600).poll() == 3600

    @pytest.mark.parametrize("asked, pause", [("7", 10), ("300", 300), ("7200", 7200), ("9999999", 86400)])
    def test_waits_as_long_as_the_server_requests(self, server, asked, pause):
        assert follower_of(server.serve(b"", status=503, Retry_After=asked)).poll() == pause

    @pytest.mark.parametrize("body", [b"<html><body>Log in</body></html>", b"", rss("b", "a")[:-30], b"\x1f\x8b\x00"])
    def test_includes_a_body_that_is_not_a_feed(self, server, log, body):
        assert follower_of(server.serve(body)).poll() == 10
        assert len(log()) == 1 and texts() == []

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "http://[bad", "nothing", "ftp://example.org/feed"])
    def test_includes_an_invalid_address(self, log, url):
        assert follower_of(url).poll() == 10
        assert len(log()) == 1 and "address" in log()[0]

    def test_includes_a_private_address(self, server, log, settings):
        settings.CHARTROOM_FEED_ALLOW_PRIVATE = False
        assert follower_of(server.serve(rss("a"))).poll() == 10
        assert "private address" in log()[0] and server.requests == []

    def test_includes_the_database_and_opens_a_new_connection(self, server, log, monkeypatch):
        follower = follower_of(server.serve(rss("a")))
        closed = []
        monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "close", lambda: closed.append(True))
        monkeypatch.setattr(module, "publish_entries", raising(OperationalError("server closed the connection")))
        assert follower.poll() == 10
        assert "server closed the connection" in log()[0] and closed
        monkeypatch.undo()
        follower.poll()
        assert texts() == ["a"]

    def test_includes_an_unexpected_error_with_its_traceback(self, server, caplog, monkeypatch):
        monkeypatch.setattr(module, "publish_entries", raising(ZeroDivisionError("oops")))
        assert follower_of(server.serve(rss("a"))).poll() == 10
        assert "ZeroDivisionError" in caplog.text


class TestStopping:

    @pytest.mark.parametrize("page", ["waits", "drips", "succeeds"])
    def test_takes_effect_at_once(self, server, log, page, monkeypatch):
        # Another thread has its own in-memory database.
        monkeypatch.setattr(module, "open_feed", lambda *args: Feed(pk=1))
        monkeypatch.setattr(module, "publish_entries", lambda *args: 1)
        server.serve(rss("a"))
        if page != "succeeds":
            server.pages["/feed"] = lambda handler: time.sleep(5) if page == "waits" else handler.drip(b"x")
        follower = follower_of(server.url(), every=3600)
        thread = threading.Thread(target=follower.run)
        thread.start()
        deadline = time.time() + 10
        while not server.requests or (page == "succeeds" and len(log()) < 2):
            assert time.time() < deadline
            time.sleep(0.01)
        before = time.time()
        follower.stop()
        thread.join(5)
        assert not thread.is_alive() and time.time() - before < 2
        assert not [line for line in log() if "the next poll" in line]
