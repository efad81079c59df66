"""Floods, through real processes: what one socket sends delays that socket alone."""
from __future__ import unicode_literals

import json
import socket
import threading
import time

import pytest
import websocket

from tests.integration.stack import wait_until
from tests.transport.test_rundaphne import read

pytestmark = pytest.mark.processes


@pytest.fixture
def served(running):
    """`start(**interface)` an interface server, which has no other bound than these, and a worker."""
    def start(**interface):
        running.start_server(INTERFACE=json.dumps(interface))
        running.worker = running.start()
        return running
    return start


class Flood(object):
    """A client that sends as fast as the server reads, from a thread: ``sent`` frames so far."""

    def __init__(self, client, text):
        self.client = client
        self.text = text
        self.sent = 0
        self.is_over = False
        self.answers = 0
        self.threads = [threading.Thread(target=run) for run in (self._send, self._read)]
        for thread in self.threads:
            thread.daemon = True
            thread.start()

    def _send(self):
        frame = websocket.ABNF.create_frame(self.text, websocket.ABNF.OPCODE_TEXT).format() * 50
        try:
            while not self.is_over:
                self.client.sock.sendall(frame)
                self.sent += 50
        except socket.error:
            pass

    def _read(self):
        try:
            while True:
                if read(self.client).startswith("echo"):
                    self.answers += 1
        except (AttributeError, socket.error, websocket.WebSocketException):
            pass

    def stop(self):
        self.is_over = True


def slowest_answer(client, count=20, pause=0.05):
    """Seconds, of that many frames of a client that waits for each answer."""
    slowest = 0
    for number in range(count):
        started = time.time()
        client.send("hello %d" % number)
        assert read(client) == "echo hello %d" % number
        slowest = max(slowest, time.time() - started)
        time.sleep(pause)
    return slowest


@pytest.mark.parametrize("floods", [1, 20])
def test_a_stranger_is_answered_while_others_flood(served, floods):
    running = served()
    flooding = []
    for _ in range(floods):
        client = running.connect()
        assert read(client) == "welcome"
        flooding.append(Flood(client, "x"))
    stranger = running.connect()
    assert read(stranger) == "welcome"
    time.sleep(1)
    # A second is a long time for an answer, and without a bound the queue of the floods takes many.
    assert slowest_answer(stranger) < 1
    for flood in flooding:
        flood.stop()
    assert "busy" not in running.log(running.worker)
    # TCP has slowed them down: no more was read than was dealt with.
    assert running.layer.connection(0).llen(running.layer.prefix + "websocket.receive") <= 4 * (floods + 1)


def test_all_that_a_flood_has_sent_is_answered_in_the_end(served):
    running = served(FRAMES_IN_FLIGHT=2, BULK_IN_FLIGHT=1)
    client = running.connect()
    assert read(client) == "welcome"
    for number in range(500):
        client.send("%d" % number)
    assert [read(client) for _ in range(500)] == ["echo %d" % number for number in range(500)]


def test_a_pace_slows_down_and_refuses_nothing(served):
    running = served(FRAMES_PER_SOCKET="50/s")
    client = running.connect()
    assert read(client) == "welcome"
    started = time.time()
    for number in range(200):
        client.send("%d" % number)
    assert [read(client) for _ in range(200)] == ["echo %d" % number for number in range(200)]
    # A hundred at once, and the others in two seconds.
    assert time.time() - started > 1.5


def test_a_worker_that_is_killed_with_frames_in_hand_holds_no_socket_for_ever(served):
    running = served(FRAMES_IN_FLIGHT=1)
    client = running.connect()
    assert read(client) == "welcome"
    running.worker.kill()
    # Redis would hand the frame to the connection of the dead worker while it has not noticed its end.
    wait_until(lambda: running.layer.connection(0).info("clients")["blocked_clients"] <= 1)  # rundaphne
    client.send("lost")
    wait_until(lambda: running.layer.connection(0).llen(running.layer.prefix + "websocket.receive") == 1)
    running.layer.connection(0).delete(running.layer.prefix + "websocket.receive")
    running.start()
    client.send("hello")
    assert read(client) == "echo hello"


def test_a_flood_does_not_keep_its_client_from_closing(served):
    running = served(FRAMES_PER_SOCKET="50/s")
    client = running.connect()
    assert read(client) == "welcome"
    for number in range(120):
        client.send("x")
    client.close(timeout=5)
    running.until("disconnect /", within=20)


class TestAddresses:

    def test_have_a_bounded_number_of_sockets(self, served):
        running = served(SOCKETS_PER_ADDRESS=3)
        clients = [running.connect() for _ in range(3)]
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            running.connect()
        assert refused.value.status_code == 429
        clients[0].close()
        wait_until(lambda: connects(running), what="a free place")

    def test_connect_at_a_bounded_pace(self, served):
        running = served(CONNECTS_PER_ADDRESS="5/h")
        for _ in range(5):
            running.connect()
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            running.connect()
        assert refused.value.status_code == 429

    def test_are_told_apart_behind_a_trusted_proxy(self, served):
        running = served(SOCKETS_PER_ADDRESS=1, TRUSTED_PROXIES=1)
        running.connect(header=["X-Forwarded-For: 203.0.113.9, 198.51.100.1"])
        running.connect(header=["X-Forwarded-For: 203.0.113.9, 198.51.100.2"])
        with pytest.raises(websocket.WebSocketBadStatusException):
            running.connect(header=["X-Forwarded-For: 6.6.6.6, 198.51.100.2"])

    def test_are_not_bounded_behind_a_proxy_that_no_setting_names(self, served):
        running = served(SOCKETS_PER_ADDRESS=1)
        for _ in range(3):
            running.connect(header=["X-Forwarded-For: 198.51.100.1"])
        assert "set TRUSTED_PROXIES" in running.log(running.processes[0])


def connects(running):
    try:
        running.connect()
    except websocket.WebSocketBadStatusException:
        return False
    return True


class TestRequestsWithoutASocket:

    @pytest.fixture
    def closed(self, running):
        running.start_server(HTTP_PATHS="^/health/$")
        return running

    def ask(self, running, request):
        with_port = socket.create_connection(("127.0.0.1", running.port), timeout=10)
        with_port.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += with_port.recv(65536)
        with_port.close()
        return data.split(b"\r\n")[0]

    @pytest.mark.parametrize("request_", [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /admin/ HTTP/1.1\r\nHost: x\r\n\r\n", b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", b"GET /health/../admin/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /?/health/ HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
    def test_are_answered_with_404_and_reach_no_worker(self, closed, request_):
        assert b" 404 " in self.ask(closed, request_)
        assert closed.layer.receive(["http.request", "http.disconnect"]) == (None, None)

    def test_a_path_that_is_opened_reaches_one(self, closed):
        with_port = socket.create_connection(("127.0.0.1", closed.port), timeout=10)
        with_port.sendall(b"GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n")
        message = wait_until(lambda: closed.layer.receive(["http.request"])[1])
        assert message["path"] == "/health/"
        with_port.close()

    def test_a_body_is_not_kept(self, closed):
        answer = self.ask(closed, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2000000)
        assert b" 404 " in answer

    def test_one_is_answered_on_a_connection_and_the_next_is_not_even_asked(self, closed):
        """So that two can't be answered in the wrong order, or be one for a proxy (CVE-2023-46137, CVE-2022-24801)."""
        pair = socket.create_connection(("127.0.0.1", closed.port), timeout=10)
        pair.sendall(b"GET /health/?first HTTP/1.1\r\nHost: x\r\n\r\nGET /health/?second HTTP/1.1\r\nHost: x\r\n\r\n")
        message = wait_until(lambda: closed.layer.receive(["http.request"])[1])
        assert message["query_string"] == b"first"
        closed.layer.send(message["reply_channel"], {"status": 200, "content": b"one"})
        data = b""
        while True:
            part = pair.recv(65536)
            if not part:
                break
            data += part
        assert b"one" in data and data.count(b"HTTP/1.1 ") == 1
        assert closed.layer.receive(["http.request"]) == (None, None)
