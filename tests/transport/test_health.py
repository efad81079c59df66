"""``/health/live`` and ``/health/ready`` of ``rundaphne`` without a worker."""
from __future__ import unicode_literals

import json
import socket

import pytest

from tests.integration.stack import wait_until

pytestmark = pytest.mark.processes


def ask(running, path, method="GET"):
    """``(status, headers, body)``."""
    client = socket.create_connection(("127.0.0.1", running.port), timeout=10)
    client.sendall(("%s %s HTTP/1.1\r\nHost: x\r\n\r\n" % (method, path)).encode("ascii"))
    received = b""
    while True:
        data = client.recv(65536)
        if not data:
            break
        received += data
    client.close()
    head, _, body = received.decode("utf-8").partition("\r\n\r\n")
    return int(head.split(" ")[1]), head.lower(), body


def test_the_interface_server_answers_by_itself(running):
    # Also where each path is served by workers, of which there is none.
    running.start_server(HTTP_PATHS="^/")
    wait_until(lambda: ask(running, "/health/ready")[0] == 200)
    status, head, body = ask(running, "/health/live?x=1")
    assert status == 200 and json.loads(body) == {"ok": True, "failing": []}
    assert "cache-control: no-store" in head and "content-type: application/json" in head
    assert ask(running, "/health/live", "HEAD")[::2] == (200, "")

    running.redis.stop()
    wait_until(lambda: ask(running, "/health/ready")[0] == 503)
    assert json.loads(ask(running, "/health/ready")[2]) == {"ok": False, "failing": ["redis"]}
    assert ask(running, "/health/live")[0] == 200

    running.redis.start()
    wait_until(lambda: ask(running, "/health/ready")[0] == 200, 15)


def test_with_several_redis_servers_it_needs_each(running, servers):
    running.start_server("-p", "%d" % running.port, REDIS_URL="%s %s" % (running.redis.url, servers[0].url))
    wait_until(lambda: ask(running, "/health/ready")[0] == 200)
    servers[0].stop()
    wait_until(lambda: ask(running, "/health/ready")[0] == 503)
    servers[0].start()
