# coding: utf-8
"""An HTTP server of feeds for tests, on a real socket; it can misbehave as a test requires."""
from __future__ import unicode_literals

import fcntl
import gzip
import hashlib
import io
import threading
import time
from xml.sax.saxutils import escape

from six.moves import BaseHTTPServer, socketserver


def rss(*items, **options):
    """An RSS document. An item: a dict of elements and their texts, or one text for title and guid; newest first."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<rss version="2.0"><channel>']
    lines.append("<title>%s</title>" % escape(options.get("title", "The feed")))
    for item in items:
        elements = item if isinstance(item, dict) else {"title": item, "guid": item}
        lines.append("<item>%s</item>" % "".join(
            "<%s>%s</%s>" % (name, escape(text), name) for name, text in sorted(elements.items())))
    lines.append("</channel></rss>")
    return "\n".join(lines).encode("utf-8")


def zipped(body):
    target = io.BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb") as file:
        file.write(body)
    return target.getvalue()


class Handler(BaseHTTPServer.BaseHTTPRequestHandler):

    def do_GET(self):
        self.server.owner.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        page = self.server.owner.pages.get(self.path)
        try:
            if page is None:
                self.reply(404)
            else:
                page(self)
        except IOError:
            pass  # The client closed the connection.

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        headers.setdefault("Content_Length", "%d" % len(body))
        for name, value in headers.items():
            if value is not None:
                self.send_header(str(name.replace("_", "-")), str(value))
        self.end_headers()
        self.wfile.write(body)

    def drip(self, data, pause=0.05):
        """Send ``data`` again and again until the server is closed or the client disconnects."""
        while not self.server.owner.is_closed:
            self.wfile.write(data)
            self.wfile.flush()
            time.sleep(pause)

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, BaseHTTPServer.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class FeedServer(object):
    """``pages``: a function of the `Handler` for each path; ``requests``: the path and headers of each, oldest first."""

    def __init__(self):
        self.pages, self.requests = {}, []
        self.is_closed = False
        self._port = 0
        self.open()

    def open(self):
        """Start listening; after `close`, on the same port."""
        Server.allow_reuse_address = True
        self._server = Server((str("127.0.0.1"), self._port), Handler)
        self._server.owner = self
        # Python 2.7 lets child processes inherit the socket, which would keep it open.
        fcntl.fcntl(self._server.fileno(), fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        self._port = self._server.server_port
        self.is_closed = False
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.daemon = True
        thread.start()

    def close(self):
        self.is_closed = True
        self._server.shutdown()
        self._server.server_close()

    def url(self, path="/feed"):
        return "http://127.0.0.1:%d%s" % (self._port, path)

    def serve(self, body, path="/feed", validate=True, status=200, **headers):
        """Serve ``body`` at the path; ``validate``: with an ETag, and 304 for requests that have it."""
        etag = '"%s"' % hashlib.sha256(body).hexdigest()

        def page(handler):
            if validate and handler.headers.get("If-None-Match") == etag:
                return handler.reply(304)
            handler.reply(status, body, **dict({"ETag": etag} if validate else {}, **headers))
        self.pages[path] = page
        return self.url(path)

    def redirect(self, path, target, status=302):
        self.pages[path] = lambda handler: handler.reply(status, Location=target)
        return self.url(path)
