# coding: utf-8
"""
Example sources for `make serve`: a feed that gets new entries, a log that is written to and
rotated, a timer, and a program that delivers to a signed webhook. ``scripts/serve.py`` runs it.

Environment variables: EXAMPLE_DIR, the folder of its files; EXAMPLE_PORT, the port of the feed;
EXAMPLE_EVERY, seconds between two entries and two deployments; PAGES, the URL of the pages.
"""
from __future__ import unicode_literals

import io
import json
import logging
import logging.handlers
import os
import signal
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

import newer_python  # noqa: E402, F401 (before Django)
import django  # noqa: E402

django.setup()

from django.utils import timezone  # noqa: E402
from django.utils.six.moves import BaseHTTPServer, SimpleHTTPServer  # noqa: E402
from django.utils.six.moves.http_client import HTTPException  # noqa: E402
from django.utils.six.moves.urllib.request import Request, urlopen  # noqa: E402

from chartroom.models import Hook, Timer  # noqa: E402
from chartroom.rooms.store import own_room  # noqa: E402
from chartroom.sources.webhooks import hooks, keys, signatures  # noqa: E402

KEPT = 30  # entries in the feed
LOG_BYTES = 100000  # of the log, before it is rotated
MAX_WAITING = 20  # deliveries
PAUSE = 1.0  # seconds between two lines of the log

log = logging.getLogger("example")

ENTRY = """<entry><id>urn:chartroom:example:{number}</id><title>{title}</title><link href="{link}"/>
<updated>{at}</updated><summary>{summary}</summary></entry>
"""
FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:chartroom:example</id><title>chartroom's own example</title>
<updated>{at}</updated>
{entries}</feed>
"""


def main():
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    every = float(os.environ.get("EXAMPLE_EVERY") or 30)
    folder = os.environ["EXAMPLE_DIR"]
    write_log_to(os.path.join(folder, "example.log"))
    with served(folder, int(os.environ["EXAMPLE_PORT"])):
        make_timer()
        run(folder, os.environ["PAGES"], every)


def run(folder, pages, every):
    """Never returns. ``every``: seconds between two entries of the feed."""
    feed, deploys = Feed(folder, link=pages + "/tail/"), Deploys(pages)
    last = 0
    while True:
        if time.time() - last >= every:
            last = time.time()
            feed.add_entry()
            deploys.begin()
        deploys.deliver()
        log_load()
        time.sleep(PAUSE)


def write_log_to(path):
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.INFO)


def log_load():
    load = os.getloadavg()[0]
    word, colour = ("calm", 32) if load < 1 else ("busy", 33) if load < 2 else ("hot", 31)
    log.info("\x1b[%dm%s\x1b[0m load %.2f", colour, word, load)


@contextmanager
def served(folder, port):
    """Run the web server of the feed in a thread."""
    class Files(SimpleHTTPServer.SimpleHTTPRequestHandler, object):

        def translate_path(self, path):
            return os.path.join(folder, "feed.xml") if path == "/feed.xml" else os.path.join(folder, "nothing")

        def log_message(self, template, *args):
            log.info("feed: " + template, *args)

    server = BaseHTTPServer.HTTPServer(("127.0.0.1", port), Files)
    thread = threading.Thread(target=server.serve_forever)
    thread.daemon = True
    thread.start()
    try:
        yield
    finally:
        # Python 2.7 would print a traceback if the thread still ran at interpreter shutdown.
        server.shutdown()
        thread.join()


def make_timer():
    room = own_room("chat", "clock")
    if not Timer.objects.filter(room=room).exists():
        Timer.objects.create(room=room, name="clock", text="It is {time}.", cron="* * * * *")


class Feed(object):
    """The feed's file, which is replaced atomically, so that no client reads an incomplete one."""

    def __init__(self, folder, link):
        self.link = link
        self.path = os.path.join(folder, "feed.xml")
        self.entries = []

    def add_entry(self):
        at = timezone.now()
        number = "%d" % (time.time() * 1000)
        self.entries = [ENTRY.format(
            number=number, at=at.isoformat(), link=self.link,
            title="The load at %s: %.2f" % (at.strftime("%H:%M:%S"), os.getloadavg()[0]),
            summary="Processes that ran or wanted to, on average, over the last minute: %.2f. Over five: %.2f." % os.getloadavg()[:2],
        )] + self.entries[:KEPT - 1]
        with io.open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(FEED.format(at=at.isoformat(), entries="".join(self.entries)))
        os.rename(self.path + ".new", self.path)


class Deploys(object):
    """Simulates a deployment tool that reports its progress to a signed webhook."""

    def __init__(self, pages):
        room = own_room("deploy", "example")
        # The token and the secret of the previous run are lost.
        Hook.objects.filter(room=room, name="example").delete()
        hook, token = hooks.make_hook(room, "example", signed=True)
        self.address = "%s/hooks/%s/" % (pages, token)
        self.key = keys.key_of(hooks.secret_of(hook))
        self.count = 0
        self.waiting = deque(maxlen=MAX_WAITING)

    def begin(self):
        self.count += 1
        self._add("Version 1.%d is on its way.", "started")
        if self.count % 4:
            self._add("Version 1.%d is out.", "ok")
        else:
            self._add("Version 1.%d could not be started: its port is taken.", "failed")

    def _add(self, text, status):
        self.waiting.append(("example-%d-%s" % (time.time() * 1000, status), {
            "text": text % self.count, "status": status, "version": "1.%d" % self.count, "environment": "example",
        }))

    def deliver(self):
        """Send the first waiting delivery; it stays waiting, with the same id, until a response arrives."""
        if not self.waiting:
            return
        id, content = self.waiting[0]
        body, at = json.dumps(content), "%d" % time.time()
        signature = signatures.sign(self.key, id.encode("ascii"), at.encode("ascii"), body.encode("utf-8"))
        request = Request(self.address, body.encode("utf-8"), {
            str("Content-Type"): str("application/json"), str("webhook-id"): str(id),
            str("webhook-timestamp"): str(at), str("webhook-signature"): str(signature.decode("ascii")),
        })
        try:
            log.info("webhook: %s", urlopen(request, timeout=10).read().decode("utf-8"))
            self.waiting.popleft()
        except (EnvironmentError, HTTPException) as error:
            # The WSGI server may not have started yet.
            log.info("webhook: %s", type(error).__name__)


if __name__ == "__main__":
    main()
