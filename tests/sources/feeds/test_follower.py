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
from tests.sources.feeds.server import FeedServer, rss

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def allowed(layer, settings):
    settings.CHARTROOM_FEED_ALLOW_PRIVATE = True


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()


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


class TestALook:

    def test_tells_what_is_new(self, server, log):
        follower = follower_of(server.serve(rss("b", "a")))
        assert follower.look() == 5
        server.serve(rss("c", "b", "a"))
        assert follower.look() == 5
        assert texts() == ["a", "b", "c"]
        assert log() == ["Told 2 entries of %s for blog/news." % server.url(), "Told 1 entries of %s for blog/news." % server.url()]

    def test_asks_for_changes_only(self, server, monkeypatch):
        follower = follower_of(server.serve(rss("a")))
        follower.look()
        monkeypatch.setattr(module, "read", raising(AssertionError("read again")))
        assert follower.look() == 5
        # Also after a restart.
        assert follower_of(server.url()).look() == 5
        assert ["if-none-match" in headers for path, headers in server.requests] == [False, True, True]

    def test_does_not_read_again_what_is_sent_again(self, server, monkeypatch):
        follower = follower_of(server.serve(rss("a"), validate=False))
        follower.look()
        monkeypatch.setattr(module, "read", raising(AssertionError("read again")))
        assert follower.look() == 5

    def test_tells_it_again_to_a_room_that_was_made_anew(self, server):
        follower = follower_of(server.serve(rss("a"), validate=False))
        follower.look()
        Room.objects.all().delete()
        follower.look()
        assert texts() == ["a"]

    def test_leaves_out_the_telling_when_another_was_faster(self, server, monkeypatch):
        monkeypatch.setattr(module, "tell", lambda *args: None)
        follower = follower_of(server.serve(rss("a")))
        assert follower.look() == 5
        monkeypatch.undo()
        follower.look()
        assert texts() == ["a"]

    def test_says_when_there_is_too_much(self, server, log):
        follower_of(server.serve(rss(*["%d" % number for number in range(503)]))).look()
        assert "3 entries more" in log()[0] and len(texts()) == 500

    def test_never_shows_a_password(self, server, log):
        url = server.serve(rss("a")).replace("//", "//ann:secret@") + "?key=secret"
        follower_of(url).look()
        server.pages.clear()
        follower_of(url).look()
        server.close()
        follower_of(url).look()
        assert len(log()) == 3 and not [line for line in log() if "secret" in line or "ann" in line]


class TestTrouble:

    def test_is_told_in_a_line_with_a_pause_that_grows(self, server, log):
        follower = follower_of(server.url())
        assert [follower.look() for _ in range(9)] == [10, 20, 40, 80, 160, 320, 600, 600, 600]
        assert log()[0] == "%s for blog/news answered 404 Not Found: the next look is in 10 s." % server.url() and len(log()) == 9

    def test_ends_with_the_first_look_that_goes_well(self, server, log):
        follower = follower_of(server.url())
        follower.look(), follower.look()
        server.serve(rss())
        assert follower.look() == 5 and log()[-1].endswith("is back.")
        server.pages.clear()
        assert follower.look() == 10

    def test_makes_nobody_look_more_often(self, server):
        assert follower_of(server.url(), every=3600).look() == 3600

    @pytest.mark.parametrize("asked, pause", [("7", 10), ("300", 300), ("7200", 7200), ("9999999", 86400)])
    def test_waits_as_long_as_its_server_asks(self, server, asked, pause):
        assert follower_of(server.serve(b"", status=503, Retry_After=asked)).look() == pause

    @pytest.mark.parametrize("body", [b"<html><body>Log in</body></html>", b"", rss("b", "a")[:-30], b"\x1f\x8b\x00"])
    def test_with_what_is_no_feed_is_the_same(self, server, log, body):
        assert follower_of(server.serve(body)).look() == 10
        assert len(log()) == 1 and texts() == []

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "http://[bad", "nothing", "ftp://example.org/feed"])
    def test_with_the_address_is_the_same(self, log, url):
        assert follower_of(url).look() == 10
        assert len(log()) == 1 and "address" in log()[0]

    def test_with_a_private_address_is_the_same(self, server, log, settings):
        settings.CHARTROOM_FEED_ALLOW_PRIVATE = False
        assert follower_of(server.serve(rss("a"))).look() == 10
        assert "private address" in log()[0] and server.requests == []

    def test_with_the_database_is_the_same_and_makes_a_new_connection(self, server, log, monkeypatch):
        follower = follower_of(server.serve(rss("a")))
        closed = []
        monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "close", lambda: closed.append(True))
        monkeypatch.setattr(module, "tell", raising(OperationalError("server closed the connection")))
        assert follower.look() == 10
        assert "server closed the connection" in log()[0] and closed
        monkeypatch.undo()
        follower.look()
        assert texts() == ["a"]

    def test_of_our_own_is_the_same_with_a_traceback(self, server, caplog, monkeypatch):
        monkeypatch.setattr(module, "tell", raising(ZeroDivisionError("oops")))
        assert follower_of(server.serve(rss("a"))).look() == 10
        assert "ZeroDivisionError" in caplog.text


class TestItsEnd:

    @pytest.mark.parametrize("page", ["waits", "drips", "is well"])
    def test_comes_at_once(self, server, log, page, monkeypatch):
        # Another thread has another database in memory.
        monkeypatch.setattr(module, "open_feed", lambda *args: Feed(pk=1))
        monkeypatch.setattr(module, "tell", lambda *args: 1)
        server.serve(rss("a"))
        if page != "is well":
            server.pages["/feed"] = lambda handler: time.sleep(5) if page == "waits" else handler.drip(b"x")
        follower = follower_of(server.url(), every=3600)
        thread = threading.Thread(target=follower.run)
        thread.start()
        deadline = time.time() + 10
        while not server.requests or (page == "is well" and len(log()) < 2):
            assert time.time() < deadline
            time.sleep(0.01)
        before = time.time()
        follower.stop()
        thread.join(5)
        assert not thread.is_alive() and time.time() - before < 2
        assert not [line for line in log() if "the next look" in line]
