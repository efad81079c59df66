# coding: utf-8
"""`manage.py runfeed` with real processes, a real Redis, and a feed over HTTP."""
from __future__ import unicode_literals

import random
import signal
import time

import pytest

from tests.sources.feeds.server import FeedServer, rss
from tests.integration.rounds import rounds
from tests.integration.stack import START_WITHIN, wait_until

pytestmark = pytest.mark.processes

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"'><svg/onload=alert(1)>", "javascript:alert(1)", "{{ 7 * 7 }}",
    "\u202egnp.exe", "%s%n", "'; DROP TABLE chartroom_feed; --", "\U0001f600" * 200, "x" * 5000, "../../etc/passwd",
]


# For a resolver that does not answer.
SLOW_NAMES = b"""
import socket, time
look_up = socket.getaddrinfo
socket.getaddrinfo = lambda host, *args: time.sleep(30) if "slow" in host else look_up(host, *args)
"""


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()


@pytest.fixture
def blog(beside, server, room):
    return Blog(beside, server, room.split("/")[2])


class Blog(object):
    """A stack with a feed that is published in a room of blog, and a reader of that room."""

    def __init__(self, stack, server, room):
        self.stack = stack
        self.server = server
        self.room = room
        self.env = {"FEED_ALLOW_PRIVATE": "1"}
        self.follow("feed", server.url())

    def follow(self, name, *args):
        self.stack.commands[name] = ["manage.py", "runfeed"] + list(args) + ["--room", self.room, "--every", "1"] * bool(args)

    def start(self, name="feed"):
        self.stack.start_process(name, **self.env)
        return self

    def end(self, name="feed", signal_number=signal.SIGTERM):
        """Ends it; returns the seconds that it took. Asserts status 0 and no traceback."""
        before = time.time()
        self.stack.kill(name, signal_number)
        assert self.stack.processes[name].returncode == 0 and "Traceback" not in self.stack.log(name)
        return time.time() - before

    def reader(self):
        return self.stack.connect("/blog/%s/?since=0" % self.room)

    def texts(self):
        reader = self.reader()
        texts = reader.until(lambda: reader.welcome is not None).read_all().texts
        assert [message["seq"] for message in reader.messages] == list(range(1, len(texts) + 1))
        reader.close()
        return texts

    def can_be_read(self):
        """Whether the room can be read; a worker notices a lost database connection at its next use."""
        reader = self.reader()
        kind, text = reader.receive()
        reader.close()
        return kind == "text"

    def wait_for(self, texts, within=START_WITHIN):
        self.wait_for_count(len(texts), within)
        assert self.texts() == texts

    def wait_for_count(self, count, within=START_WITHIN):
        reader = self.reader()
        reader.until(lambda: len(reader.texts) >= count, within)
        reader.close()

    def wait_for_requests(self, count):
        seen = len(self.server.requests)
        wait_until(lambda: len(self.server.requests) >= seen + count, START_WITHIN, "%d requests" % count)

    def wait_for_line(self, text, name="feed"):
        wait_until(lambda: text in self.stack.log(name), START_WITHIN, text)


def items(count, edited=()):
    """``count`` entries, the newest first; their ids and titles are their numbers."""
    return [{"guid": "%d" % number, "title": "%d%s" % (number, "!" * (number in edited))} for number in range(count, 0, -1)]


def numbers(count):
    return ["%d" % number for number in range(1, count + 1)]


class Growing(object):
    """A feed that has more entries at each request, up to ``most``; without an ETag."""

    def __init__(self, server, step, most):
        self.step, self.most, self.count = step, most, 0
        server.pages["/feed"] = self

    def __call__(self, handler):
        self.count = min(self.count + self.step, self.most)
        handler.reply(200, rss(*items(self.count)))


def test_readers_get_new_entries_oldest_first(blog):
    blog.server.serve(rss(*items(2)))
    reader = blog.reader()
    blog.start()
    reader.until(lambda: reader.texts == ["1", "2"])
    blog.server.serve(rss(*items(3)))
    reader.until(lambda: reader.texts == ["1", "2", "3"])
    blog.server.serve(rss(*items(3, edited=[2])))
    reader.until(lambda: len(reader.texts) == 4)
    first, last = reader.messages[1], reader.messages[3]
    assert (last["text"], last["data"]["edits"], last["data"]["edited"]) == ("2!", first["data"]["entry"], True)
    assert (last["source"], last["author"]) == ("feed", "The feed")
    assert blog.end() < 5
    assert "Following %s for blog/%s every 1 s." % (blog.server.url(), blog.room) in blog.stack.log("feed")
    assert "Published 2 entries of" in blog.stack.log("feed")


def test_titles_of_any_kind_are_published(blog):
    blog.server.serve(rss(*[{"guid": "%d" % number, "title": title} for number, title in enumerate(HOSTILE)]))
    blog.start()
    blog.wait_for_count(len(HOSTILE))
    assert len(blog.texts()) == len(HOSTILE) and "<script>alert(1)</script>" in blog.texts()
    blog.end()


def test_a_restart_repeats_no_entry(blog):
    blog.server.serve(rss(*items(20)))
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        blog.start()
        blog.wait_for(numbers(20))
        blog.wait_for_requests(2)
        blog.stack.kill("feed", number)
    assert blog.texts() == numbers(20)


def test_killed_at_any_point_it_publishes_each_entry_once_and_in_order(blog):
    """SIGKILL while it starts, fetches, reads, stores or waits; the feed grows meanwhile."""
    feed = Growing(blog.server, step=20, most=rounds(400))
    chance = random.Random(4)
    for _ in range(rounds(15)):
        seen = len(blog.server.requests)
        blog.start()
        wait_until(lambda: len(blog.server.requests) > seen, START_WITHIN, "a request")
        time.sleep(chance.uniform(0, 0.7))
        blog.stack.kill("feed")
    feed.count = feed.most
    blog.start()
    blog.wait_for(numbers(feed.most))
    blog.wait_for_requests(2)
    assert blog.texts() == numbers(feed.most)


def test_two_running_copies_publish_each_entry_and_each_edit_once(blog):
    count = 20 * rounds(12)
    Growing(blog.server, step=20, most=count)
    blog.follow("other", blog.server.url())
    blog.start(), blog.start("other")
    blog.wait_for(numbers(count))
    edited = range(count - 40, count - 20)
    blog.server.serve(rss(*items(count, edited)), validate=False)
    blog.wait_for(numbers(count) + ["%d!" % number for number in edited])
    blog.wait_for_requests(6)
    assert len(blog.texts()) == count + len(edited)
    assert "Published" in blog.stack.log("feed") + blog.stack.log("other")
    blog.end(), blog.end("other")


def test_a_feed_goes_away_and_comes_back(blog):
    blog.server.serve(rss(*items(1)))
    blog.start()
    blog.wait_for(["1"])
    blog.server.close()
    blog.wait_for_line("can't be connected to")
    blog.server.serve(rss(*items(2)))
    blog.server.open()
    blog.wait_for(["1", "2"])
    blog.wait_for_line("is back")
    blog.end()


def test_the_database_goes_away_and_comes_back(stack, server, postgres, database_url):
    blog = Blog(stack(database_url=database_url, pipeline_workers=0), server, "news")
    server.serve(rss(*items(1)))
    blog.start()
    blog.wait_for(["1"])
    postgres.stop()
    server.serve(rss(*items(2)))
    blog.wait_for_line("can't be stored")
    postgres.start()
    blog.wait_for_line("is back")
    wait_until(blog.can_be_read, START_WITHIN)
    blog.wait_for(["1", "2"])
    blog.end()


SEVERAL_SETTINGS = """
from __future__ import unicode_literals
from project.settings import *
CHARTROOM_FEEDS = [{"url": url, "room": %r, "every": 1} for url in %r]
INSTALLED_APPS = INSTALLED_APPS + ["tests.integration.hurried.Hurried"]
"""


class TestSeveral:

    @pytest.fixture
    def several(self, blog, server, tmpdir):
        """Follows feeds of every kind, configured by settings, with the good one last."""
        server.pages["/drips"] = lambda handler: handler.drip(b"x")
        server.pages["/endless"] = lambda handler: (handler.reply(200, Content_Length=None), handler.drip(b"x" * 65536, 0))
        server.serve(rss({"title": "x", "author": "a" * 1000000}), "/hours")
        server.serve(b"<html><body>Log in</body></html>", "/page")
        server.serve(b"", "/gone", status=410)
        server.redirect("/round", "/round")
        server.redirect("/file", "file:///etc/passwd")
        urls = [server.url(path) for path in ("/drips", "/endless", "/hours", "/page", "/gone", "/round", "/file", "/missing")]
        urls += ["file:///etc/passwd", "http://no-such-name.invalid/", "http://127.0.0.1:1/", server.url()]
        settings = SEVERAL_SETTINGS % (str(blog.room), [str(url) for url in urls])
        tmpdir.join("feeds_settings.py").write_text(settings, "ascii")
        blog.env.update(DJANGO_SETTINGS_MODULE="feeds_settings", PYTHONPATH=str(tmpdir))
        blog.follow("feed")
        return blog

    def test_do_not_block_each_other(self, several):
        several.server.serve(rss(*items(3)))
        several.start()
        several.wait_for(numbers(3))
        room = "for blog/%s" % several.room
        for text in ("/endless {} is larger", "/page {} is not a feed", "/gone {} answered 410", "/round {} is redirected",
                     "/file {} is not at an address", "/missing {} answered 404", "file:///etc/passwd {} is not at",
                     "can't be resolved", "can't be connected to"):
            several.wait_for_line(text.format(room))
        # One feed still waits for its server, and another takes hours to parse.
        several.server.serve(rss(*items(4)))
        several.wait_for(numbers(4), within=10)
        several.wait_for_line("/hours %s can't be read within 4 s" % room)
        several.wait_for_line("/drips %s took longer than 6 s" % room)
        several.server.serve(rss(*items(5)))
        several.wait_for(numbers(5))
        assert several.end() < 5

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_end_at_once_while_feeds_are_slow(self, several, number):
        several.server.serve(rss(*items(3)))
        several.start()
        several.wait_for(numbers(3))
        assert several.end(signal_number=number) < 5


def test_a_slow_name_lookup_does_not_delay_the_exit(blog, tmpdir):
    tmpdir.join("sitecustomize.py").write_binary(SLOW_NAMES)
    blog.env["PYTHONPATH"] = str(tmpdir)
    blog.follow("feed", "http://slow.invalid/feed")
    blog.start().wait_for_line("Following")
    assert blog.end() < 5


def test_a_private_address_is_refused_unless_it_is_allowed(blog):
    blog.env = {}
    blog.server.serve(rss(*items(1)))
    blog.start()
    blog.wait_for_line("private address: CHARTROOM_FEED_ALLOW_PRIVATE is off")
    assert blog.server.requests == []
    blog.end()
