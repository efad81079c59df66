"""A server in the place of chartroom's, which answers with what it was sent."""
from __future__ import unicode_literals

import json
import threading

from six.moves import BaseHTTPServer, socketserver


class Handler(BaseHTTPServer.BaseHTTPRequestHandler):

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests += 1
        answer = json.dumps({
            "port": self.server.server_address[1], "path": self.path, "bytes": len(body),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }).encode("utf-8")
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *args):
        """Nothing is logged."""


class Echo(socketserver.ThreadingMixIn, BaseHTTPServer.HTTPServer):
    """Listens until `stop`. ``status``: of its answers; ``requests``: their number."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port, status=200):
        BaseHTTPServer.HTTPServer.__init__(self, ("127.0.0.1", port), Handler)
        self.status, self.requests = status, 0
        thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        thread.daemon = True
        thread.start()

    def stop(self):
        self.shutdown()
        self.server_close()
