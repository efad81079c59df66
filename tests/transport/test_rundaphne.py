# coding: utf-8
"""``rundaphne`` as a process of its own, on a real Redis, with real sockets."""
from __future__ import unicode_literals

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import redis
import websocket

from scripts.ports import free_port
from tests.integration.client import decoded
from tests.integration.stack import ROOT, wait_until
from tests.transport.processes import Processes, end

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def shared(lasting):
    lasting.start()
    lasting.server = lasting.start_server()
    return lasting


@pytest.fixture
def served(shared):
    """A server and a worker, shared with the other tests."""
    yield shared
    shared.clean_up(keep=2)


@pytest.fixture
def beside(shared):
    """The shared worker, and a port for a server of this test."""
    port, shared.port = shared.port, free_port()
    yield shared
    shared.clean_up(keep=2)
    shared.port = port


@pytest.fixture
def ending(beside):
    """The shared worker, and a second server (``second``), to which the test connects and which it may end."""
    beside.second = beside.start_server()
    return beside


@pytest.fixture(scope="module")
def frequent(tmpdir_factory):
    """Processes with heartbeats and cleanup every second."""
    processes = Processes(str(tmpdir_factory.mktemp("frequent")))
    processes.start(INTERFACE_SECONDS="1")
    processes.server = processes.start_server("-p", "%d" % processes.port, INTERFACE_SECONDS="1")
    yield processes
    processes.stop()


@pytest.fixture
def unstable(frequent):
    """A server and a worker whose Redis the test may stop."""
    port = frequent.port
    yield frequent
    frequent.clean_up(keep=2)
    frequent.port = port


def lose_redis(running):
    """Stops Redis, and waits until the server has noticed it."""
    logged = running.log(running.server).count("lost")
    running.redis.stop()
    wait_until(lambda: running.log(running.server).count("lost") > logged)


def read(client):
    """The next text, or ``("close", code)``."""
    kind, value = decoded(*client.recv_data())
    return value if kind == "text" else (kind, value)


def welcomed(running, path="/", **options):
    client = running.connect(path, **options)
    assert read(client) == "welcome"
    return client


def asleep(running):
    """A client that reads nothing, with a small receive buffer in the operating system."""
    return welcomed(running, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024),), skip_utf8_validation=True)


def until_end(client):
    texts = [read(client)]
    while texts[-1] != "end":
        texts.append(read(client))
    return texts


def is_silent(client, seconds):
    client.settimeout(seconds)
    try:
        read(client)
    except websocket.WebSocketTimeoutException:
        return True
    finally:
        client.settimeout(10)


def members(running):
    return set(running.layer.group_channels("all"))


class TestReplies:

    def test_to_one_socket_and_to_its_group_keep_their_order(self, served):
        clients = [welcomed(served) for _ in range(3)]
        one = sorted(members(served))[0]
        for number in range(100):
            if number % 7 == 0:
                served.layer.send(one, {"text": "%d" % number})
            else:
                served.layer.send_group("all", {"text": "%d" % number})
        served.layer.send_group("all", {"text": "end"})
        group_texts = ["%d" % number for number in range(100) if number % 7] + ["end"]
        all_texts = ["%d" % number for number in range(100)] + ["end"]
        assert sorted([until_end(client) for client in clients], key=len) == [group_texts, group_texts, all_texts]

    def test_of_text_and_of_bytes(self, served):
        client = welcomed(served)
        served.layer.send_group("all", {"text": "聊天室"})
        served.layer.send_group("all", {"bytes": b"\x00\xff"})
        assert read(client) == "聊天室"
        assert client.recv_data() == (websocket.ABNF.OPCODE_BINARY, b"\x00\xff")

    @pytest.mark.parametrize("length", [1, 125, 126, 65535, 65536, 300000])
    def test_of_any_length(self, served, length):
        client = welcomed(served)
        served.layer.send_group("all", {"text": "x" * length})
        assert read(client) == "x" * length

    def test_to_a_group_may_close(self, served):
        clients = [welcomed(served) for _ in range(2)]
        served.layer.send_group("all", {"text": "bye", "close": 4001})
        assert [[read(client), read(client)] for client in clients] == [["bye", ("close", 4001)]] * 2

    @pytest.mark.parametrize("code", [1000, 1012, 1013, 4404])
    def test_close_with_any_code(self, served, code):
        client = welcomed(served)
        client.send("close %d" % code)
        assert read(client) == ("close", code)

    def test_that_are_malformed_do_not_stop_later_ones(self, served):
        client = welcomed(served)
        for message in ({"text": 7}, {"nonsense": True}, {"bytes": "no bytes"}, {"text": "a", "bytes": b"b"}):
            served.layer.send_group("all", message)
            served.layer.send(list(members(served))[0], message)
        redis.Redis.from_url(served.redis.url).rpush(
            "asgi:" + list(members(served))[0].split("!")[0] + "!", "foreign bytes", b"cr1 0 0 =all\n", b"cr1 0 0 \xff\nx")
        served.layer.send_group("all", {"text": "after"})
        while read(client) != "after":
            pass
        assert "can't be read" in served.log(served.server)

    def test_do_not_accept_a_socket_before_its_consumer_does(self, served):
        slow = []
        thread = threading.Thread(target=lambda: slow.append(served.connect("/slow/")))
        thread.start()
        wait_until(lambda: len(members(served)) == 1)
        served.layer.send_group("all", {"text": "early"})
        time.sleep(0.3)
        assert not slow
        thread.join()
        assert [read(slow[0]), read(slow[0])] == ["welcome", "early"]


class TestMembers:

    def test_without_a_socket_are_removed_at_the_next_message(self, served):
        client = welcomed(served)
        [member] = members(served)
        served.layer.group_add("all", member.split("!")[0] + "!nobody")
        served.layer.send_group("all", {"text": "hello"})
        assert read(client) == "hello"
        wait_until(lambda: members(served) == {member})

    def test_that_left_before_they_were_accepted_send_their_disconnect_again(self, served):
        served.start()  # a second worker, which may handle the disconnect first
        raw = socket.create_connection(("127.0.0.1", served.port))
        raw.sendall(b"GET /slow/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OUFCQ0RFRg==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        served.until("connect /slow/")
        raw.close()
        wait_until(lambda: served.notes.count("disconnect /slow/") == 2)
        wait_until(lambda: not members(served))


class TestSigterm:

    def test_closes_all_with_1012_and_sends_every_disconnect(self, ending):
        clients = [welcomed(ending) for _ in range(300)]
        ending.second.send_signal(signal.SIGTERM)
        assert {read(client) for client in clients} == {("close", 1012)}
        for client in clients:
            client.close()
        wait_until(lambda: ending.second.poll() is not None)
        assert ending.second.returncode == 0
        wait_until(lambda: ending.notes.count("disconnect /") == 300)
        wait_until(lambda: not members(ending))

    def test_ends_in_the_middle_of_a_response(self, ending):
        client = welcomed(ending)
        raw = socket.create_connection(("127.0.0.1", ending.port), timeout=10)
        raw.sendall(b"GET /page/ HTTP/1.1\r\nHost: x\r\n\r\n")
        reply = wait_until(lambda: [note.split()[1] for note in ending.notes if note.startswith("request ")])[0]
        ending.layer.send(reply, {"status": 200, "headers": [], "content": b"half", "more_content": True})
        assert b"half" in raw.recv(65536)
        ending.second.send_signal(signal.SIGTERM)
        assert read(client) == ("close", 1012)
        ending.until("disconnect /")
        wait_until(lambda: ending.second.poll() == 0)

    def test_does_not_wait_for_a_client_that_does_not_answer(self, ending):
        silent = welcomed(ending)
        assert end(ending.second) == 0
        ending.until("disconnect /")
        assert silent.connected

    def test_accepts_no_new_socket(self, ending):
        client = welcomed(ending)
        ending.second.send_signal(signal.SIGTERM)
        assert read(client) == ("close", 1012)
        with pytest.raises((socket.error, websocket.WebSocketException)):
            ending.connect()

    def test_ends_a_server_whose_redis_is_unavailable(self, running):
        running.start()
        server = running.start_server()
        welcomed(running)
        running.redis.stop()
        assert end(server) == 0


class TestRedisIsUnavailable:

    def test_sockets_stay_sends_are_answered_with_1013_and_all_reconnect(self, unstable):
        silent, talking = welcomed(unstable), welcomed(unstable)
        lose_redis(unstable)
        talking.send("hello")
        assert read(talking) == ("close", 1013)
        assert is_silent(silent, 1)
        unstable.redis.start()
        # Its memory is empty: all groups are lost.
        assert read(silent) == ("close", 1012)
        again = welcomed(unstable)
        unstable.layer.send_group("all", {"text": "available again"})
        assert read(again) == "available again"

    def test_a_new_socket_waits_for_it(self, unstable):
        lose_redis(unstable)
        thread = threading.Timer(1, unstable.redis.start)
        thread.start()
        client = welcomed(unstable)
        client.send("hello")
        assert read(client) == "echo hello"
        thread.join()

    def test_a_starting_server_waits_for_it(self, unstable):
        lose_redis(unstable)
        unstable.port = free_port()
        second = unstable.start_server()
        wait_until(lambda: "can't be reached" in unstable.log(second))
        unstable.redis.start()
        assert welcomed(unstable)

    def test_a_disconnect_is_sent_when_it_is_available_again(self, unstable):
        client = welcomed(unstable)
        lose_redis(unstable)
        client.close()
        unstable.redis.start()
        unstable.until("disconnect /")

    def test_a_flush_is_noticed(self, unstable):
        client = welcomed(unstable)
        redis.Redis.from_url(unstable.redis.url).flushall()
        assert read(client) == ("close", 1012)

    def test_one_that_hangs_counts_as_unavailable(self, unstable):
        silent, talking = welcomed(unstable), welcomed(unstable)
        unstable.redis.process.send_signal(signal.SIGSTOP)
        try:
            talking.send("hello")
            talking.settimeout(20)
            assert read(talking) == ("close", 1013)
            assert is_silent(silent, 0.5)
        finally:
            unstable.redis.process.send_signal(signal.SIGCONT)


class TestBounds:

    def test_a_reader_that_reads_nothing_is_closed_with_4408(self, served):
        counted = served.layer.global_statistics().get("slow_count", 0)
        logged = served.log(served.server).count("too slow")
        slow, quick = asleep(served), welcomed(served, skip_utf8_validation=True)
        sent = 0
        while served.log(served.server).count("too slow") == logged:
            served.layer.send_group("all", {"text": "%d " % sent + "x" * 100000})
            assert read(quick).startswith("%d " % sent)
            sent += 1
            assert sent < 500
        seen = None
        while not isinstance(seen, tuple):
            seen = read(slow)
        assert seen == ("close", 4408)
        served.until("disconnect /")
        wait_until(lambda: served.layer.global_statistics().get("slow_count") == counted + 1, 15)

    def test_a_frame_that_is_too_long_is_refused(self, served):
        client, other = welcomed(served), welcomed(served)
        try:
            client.send("x" * (1024 * 1024 + 1))
            assert read(client) == ("close", 1009)
        except (socket.error, websocket.WebSocketConnectionClosedException):
            pass  # The connection was cut while the test still wrote.
        other.send("hello")
        assert read(other) == "echo hello"

    def test_a_refused_frame_is_answered_as_the_settings_specify(self, running):
        running.start("--exclude-channels=websocket.receive", CAPACITY="1")
        running.start_server("-p", "%d" % running.port, "--ws-protocol", "busy.v1", CAPACITY="1")
        client = welcomed(running, subprotocols=["busy.v1"])
        client.send("one")
        client.send("two")
        assert read(client) == "busy"
        assert is_silent(client, 0.5)

    def test_a_refused_connect_is_answered_with_503(self, running):
        running.start_server("-p", "%d" % running.port, CAPACITY="1")
        running.layer.send("websocket.connect", {"path": "/", "reply_channel": "nobody!1"})
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            running.connect()
        assert refused.value.status_code == 503


class TestHostileClients:

    HANDSHAKE = (
        b"GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: MDEyMzQ1Njc4OUFCQ0RFRg==\r\nSec-WebSocket-Version: 13\r\n\r\n")

    def open_raw(self, served, data):
        raw = socket.create_connection(("127.0.0.1", served.port), timeout=10)
        raw.sendall(data)
        return raw

    def test_a_second_handshake_before_the_answer_opens_no_second_socket(self, served):
        raw = self.open_raw(served, self.HANDSHAKE % b"/slow/")
        served.until("connect /slow/")
        raw.sendall(self.HANDSHAKE % b"/other/")
        assert b" 101 " in raw.recv(65536)
        raw.close()
        served.until("disconnect /slow/")
        assert "connect /other/" not in served.notes
        wait_until(lambda: not members(served))

    def test_data_before_the_answer_is_bounded(self, served):
        raw = self.open_raw(served, self.HANDSHAKE % b"/slow/")
        served.until("connect /slow/")
        try:
            raw.sendall(b"x" * (2 * 1024 * 1024))
            answer = raw.recv(65536)
        except socket.error:
            answer = b""
        assert b" 101 " not in answer

    @pytest.mark.parametrize("separator", [b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85"])
    @pytest.mark.parametrize("line", [b"X-A: a%sX-Forwarded-For: 192.0.2.1", b"X-A%sX-Forwarded-For: 192.0.2.1"])
    def test_a_header_within_another_one_is_refused(self, served, line, separator):
        """To autobahn it is a header of its own, which no proxy has seen (CVE-2026-44546)."""
        raw = self.open_raw(served, (self.HANDSHAKE % b"/hidden/").replace(b"Host: x", b"Host: x\r\n" + line % separator))
        assert raw.recv(65536).startswith(b"HTTP/1.1 400 ")
        raw.close()
        assert welcomed(served) and "connect /hidden/" not in served.notes

    @pytest.mark.parametrize("path", [b"/\xa5/", b"/a?since=\xff", b"/\xc3\xa9/"])
    def test_a_path_that_is_not_ascii_is_refused_without_a_traceback(self, served, path):
        raw = self.open_raw(served, self.HANDSHAKE % path)
        assert raw.recv(65536).startswith(b"HTTP/1.1 400 ")
        raw.close()
        assert welcomed(served) and "UnicodeDecodeError" not in served.log(served.server)

    def test_a_fast_reader_of_a_large_message_is_not_too_slow(self, served):
        client = welcomed(served)
        text = "x" * (3 * 1024 * 1024)
        served.layer.send(list(members(served))[0], {"text": text})
        assert read(client) == text
        served.layer.send_group("all", {"text": "after"})
        assert read(client) == "after"

    def test_unread_pongs_are_bounded(self, served):
        client = asleep(served)
        client.sock.settimeout(2)
        ping = websocket.ABNF.create_frame(b"x" * 125, websocket.ABNF.OPCODE_PING).format() * 1000
        with pytest.raises(socket.error):
            for _ in range(400):
                client.sock.sendall(ping)
        served.until("disconnect /", 30)

    def test_one_that_keeps_sending_after_the_close_is_cut(self, served):
        client = welcomed(served, sockopt=((socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024),))
        client.send("close 4404")
        assert client.sock.recv(1, socket.MSG_PEEK)  # The client does not answer the close.
        pings, sent = websocket.ABNF.create_frame(b"x" * 125, websocket.ABNF.OPCODE_PING).format() * 1000, 0
        with pytest.raises(socket.error):
            while sent < 100 * 1024 * 1024:
                client.sock.sendall(pings)
                sent += len(pings)
        # More than MAX_FRAME, because the operating system buffers data too.
        assert sent < 12 * 1024 * 1024
        served.until("disconnect /")

    def test_a_close_behind_unread_data_is_cut(self, served):
        client = asleep(served)
        for _ in range(20):
            served.layer.send_group("all", {"text": "x" * 300000})
        client.send_close()
        served.until("disconnect /", 20)

    def test_endless_empty_fragments_are_cut(self, served):
        client, other = welcomed(served), welcomed(served)
        client.sock.sendall(websocket.ABNF.create_frame("", websocket.ABNF.OPCODE_TEXT, fin=0).format())
        try:
            for _ in range(50):
                client.sock.sendall(websocket.ABNF.create_frame("", websocket.ABNF.OPCODE_CONT, fin=0).format() * 100)
        except socket.error:
            pass
        served.until("disconnect /")
        other.send("hello")
        assert read(other) == "echo hello"

    @pytest.mark.parametrize("head", [b"Content-Length: 30000000", b"Transfer-Encoding: chunked"])
    def test_a_body_that_is_too_long_is_refused(self, served, head):
        raw = self.open_raw(served, b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        chunk = b"x" * 100000
        if b"chunked" in head:
            chunk = b"186a0\r\n" + chunk + b"\r\n"
        answer = b""
        try:
            for _ in range(300):
                raw.sendall(chunk)
            answer = raw.recv(65536)
        except socket.error:
            pass
        assert not answer or b" 413 " in answer
        assert not [note for note in served.notes if note.startswith("request ")]
        client = welcomed(served)
        client.send("hello")
        assert read(client) == "echo hello"


class TestConnect:

    def test_that_fails_is_answered_at_once(self, served):
        started = time.time()
        with pytest.raises(websocket.WebSocketBadStatusException):
            served.connect("/fail/")
        assert time.time() - started < 3

    def test_of_a_path_that_is_not_utf_8(self, served):
        assert welcomed(served, "/%ff%fe/")
        served.until("connect /��/")

    def test_that_no_worker_answers_is_denied(self, running):
        running.start_server("-p", "%d" % running.port, "--websocket_connect_timeout", "1")
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            running.connect()
        assert refused.value.status_code == 503


class TestOptions:

    def test_a_unix_socket(self, beside, tmpdir):
        path = str(tmpdir.join("socket"))
        beside.start_server("-u", path)
        there = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # Its file exists a moment before the server listens.
        wait_until(lambda: there.connect_ex(path) == 0)
        client = websocket.create_connection("ws://localhost/", socket=there, timeout=10)
        assert read(client) == "welcome"
        client.shutdown()

    def test_an_endpoint_and_an_access_log(self, beside, tmpdir):
        log = tmpdir.join("access")
        beside.start_server("-e", "tcp:port=%d:interface=127.0.0.1" % beside.port, "--access-log", str(log))
        assert welcomed(beside, "/logged/")
        wait_until(lambda: "/logged/" in log.read())

    def test_a_file_descriptor(self, beside):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", beside.port))
        listening.listen(10)
        if hasattr(os, "set_inheritable"):
            os.set_inheritable(listening.fileno(), True)
        process = subprocess.Popen(
            [sys.executable, "manage.py", "rundaphne", "--fd", "%d" % listening.fileno(), "-v", "0"],
            cwd=ROOT, close_fds=False, env=beside.env)
        try:
            welcomed(beside).shutdown()
            wait_until(lambda: not members(beside))
        finally:
            process.kill()
            process.wait()
            listening.close()

    def test_a_port_in_use_ends_it_with_a_reason(self, beside):
        beside.start_server()
        second = beside.start_server()
        wait_until(lambda: second.poll() is not None)
        assert second.returncode == 1 and "Couldn't listen" in beside.log(second)

    @pytest.mark.parametrize("env, reason", [
        ({"LAYER": "asgi_redis.RedisChannelLayer"}, "supports only the layers of chartroom.transport"),
        ({"MAX_FRAME": "1"}, "MAX_FRAME"),
        ({"REDIS_URL": "rediss://127.0.0.1:1/0"}, "TLS"),
    ])
    def test_that_can_t_work_are_reported(self, beside, env, reason):
        server = beside.start_server(**env)
        wait_until(lambda: server.poll() is not None)
        assert server.returncode != 0 and reason in beside.log(server)
