# coding: utf-8
"""Sends the inputs of each kind to the processes of a stack, and returns when all of them have been handled."""
from __future__ import unicode_literals

import base64
import errno
import hashlib
import hmac
import os
import re
import resource
import select
import socket
import threading
import time

import redis

from chartroom.sources.feeds.entries import parse
from chartroom.transport.durable import WAKE_UP
from chartroom.transport.interfaces import PROCESSES
from tests.fuzz.generators import frame, upgrade
from tests.fuzz.watch import MAX_CPU, Fault
from tests.integration.stack import Stack, wait_until
from tests.integration.test_webhooks import MAKE
from tests.integration.watching import Watcher, log_in, write

HANDLED_WITHIN = 20  # seconds until a round has been handled
SILENCE = 0.3  # seconds after which a connection that expects more bytes is closed
FILES = 3
ADDRESS = "127.0.0.3"  # of the sockets that stay open: the others use up their address's handshakes
VICTIM = "/chat/victims/#0"  # a socket that gets the replies of the entries in Redis, and may be closed by them
ROOMS = ("/chat/fuzz/", "/chat/fuzz/", "/chat/fuzz2/", "/plain/fuzz/", "/")
PLAIN = ("/plain/fuzz/", "/")
PING = frame(9, b"probe")
PONG = b"\x8a\x05probe"


def _cpu_of_this_thread():
    """Seconds. Another thread generates the next inputs meanwhile."""
    usage = resource.getrusage(getattr(resource, "RUSAGE_THREAD"))
    return usage.ru_utime + usage.ru_stime


class FeedServer(threading.Thread):
    """Answers each request with ``response``, as it is."""

    def __init__(self):
        super(FeedServer, self).__init__()
        self.daemon = True
        self.response = b""
        self.answered = 0
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(5)
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except (OSError, IOError):
                return
            try:
                connection.settimeout(2)
                connection.recv(65536)
                connection.sendall(self.response)
                self.answered += 1
            except (OSError, IOError):
                pass
            connection.close()


class Target(object):
    """A stack, and what the inputs need of it. Each public method after `stop` takes the inputs of one kind."""

    def __init__(self, limits):
        self.feed = FeedServer()
        self.feed.start()
        self.stack = Stack(web=True, DJANGO_SETTINGS_MODULE="tests.fuzz.settings", FEED_ALLOW_PRIVATE="1", LIMITS="1" if limits else "0",
                           FEEDS="fuzz=http://127.0.0.1:%d/feed" % self.feed.port, **({"RATE_LIMIT": "20/s"} if limits else {}))
        self.paths = {number: os.path.join(self.stack.state, "watched%d" % number) for number in range(1, FILES + 1)}
        self.stack.env["TAIL_FILES"] = ",".join("%d=%s" % pair for pair in sorted(self.paths.items()))
        self.stack.commands["tail"] = ["manage.py", "runtail"]
        self.stack.commands["feed"] = ["manage.py", "runfeed"]
        self.sockets = {}  # {path: Peer}
        self.watcher = None
        self.victim = b""  # its reply channel
        self.probes = 0
        try:
            for path in self.paths.values():
                write(path, "first")
            self.stack.start()
            self.cookie = log_in(self.stack)["Cookie"].encode("ascii")
            self.token, self.secret = self.stack.run(MAKE % ("fuzz", True))
            self.unsigned, _ = self.stack.run(MAKE % ("fuzz", False))
            self.redis = redis.Redis.from_url(self.stack.redis.url)
            wait_until(lambda: "Active" in self.stack.log("tail"), 30, "runtail")
            self.server = wait_until(lambda: self.redis.smembers("asgi:" + PROCESSES), what="the interface server").pop()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.feed.listener.close()
        for peer in self.sockets.values():
            peer.close()
        self.stack.stop()

    def start_again(self):
        """After a fault: closes the sockets, and gives the processes time for what they have in hand."""
        while self.sockets:
            self.sockets.popitem()[1].close()
        time.sleep(HANDLED_WITHIN)

    def send(self, kind, inputs):
        """Raises `Fault` when the inputs are not handled in time."""
        SENDERS[kind](self, inputs)

    def filled(self, data):
        """The input, with this stack's values for the placeholders."""
        return (data.replace(b"@SESSION@", self.cookie).replace(b"@TOKEN@", self.token.encode("ascii"))
                .replace(b"@VICTIM@", self.victim).replace(b"@SERVER@", self.server).replace(b"@SOON@", b"%d" % ((time.time() + 60) * 1000)))

    def http(self, inputs):
        # gunicorn waits for the rest of a request: a client that sends no more closes its half.
        converse(self.stack.web_port, [(self.filled(data), None) for data in inputs], ends=True)

    def http_on_sockets_port(self, inputs):
        converse(self.stack.port, [(self.filled(data), None) for data in inputs])

    def bytes_after_handshake(self, inputs):
        converse(self.stack.port, [(upgrade(ROOMS[index % len(ROOMS)].encode("ascii")), data + PING) for index, data in enumerate(inputs)])

    def webhooks(self, inputs):
        converse(self.stack.web_port, [(self._delivery(*delivery), None) for delivery in inputs], ends=True)

    def _delivery(self, headers, body, is_signed):
        headers = dict(headers)
        if is_signed:
            id, timestamp = headers.get(b"webhook-id") or b"id", b"%d" % time.time()
            key = base64.b64decode(self.secret[len("whsec_"):])
            digest = hmac.new(key, b".".join([id, timestamp, body]), hashlib.sha256).digest()
            headers.update({b"webhook-id": id, b"webhook-timestamp": timestamp, b"webhook-signature": b"v1," + base64.b64encode(digest)})
        token = (self.token if headers else self.unsigned).encode("ascii")
        lines = [b"POST /hooks/%s/ HTTP/1.1" % token, b"Host: 127.0.0.1", b"Content-Length: %d" % len(body)]
        return b"\r\n".join(lines + [name + b": " + value for name, value in sorted(headers.items())]) + b"\r\n\r\n" + body

    # Frames

    def frames(self, inputs):
        """Pipelined over a socket for each room; a socket that the server closes is replaced, and loses the rest of its share."""
        for index, path in enumerate(ROOMS):
            self._send_frames("%s#%d" % (path, index), inputs[index::len(ROOMS)])
        self._wait_for_peers()

    def frames_of_log_files(self, inputs):
        self._send_frames("/tail/1/#0", inputs)
        self._wait_for_peers()

    def _send_frames(self, name, messages):
        peer = self.sockets.get(name)
        if peer is None or peer.is_closed:
            peer = self.sockets[name] = Peer(self.stack.port, name.split("#")[0], self.cookie)
        self.probes += 1
        peer.send(b"".join(frame(opcode, data) for opcode, data in messages), self.probes)

    def _wait_for_peers(self):
        deadline = time.time() + HANDLED_WITHIN
        while True:
            waiting = [peer for peer in self.sockets.values() if peer.is_waiting]
            if not waiting:
                return
            if time.time() > deadline:
                raise Fault("no answer on %s within %d s" % (waiting[0].path, HANDLED_WITHIN))
            poll(waiting, 0.5)

    # Sources

    def feeds(self, inputs):
        """Parsed here, each with its CPU time; runfeed fetches the last one of the round."""
        for document, content_type, (line, headers) in inputs:
            began = _cpu_of_this_thread()
            try:
                parse(document, "http://example.org/feed", content_type)
            except Exception:
                # `chartroom.sources.feeds.reader` parses in a child process, and reports its last line of output.
                pass
            used = _cpu_of_this_thread() - began
            if used > MAX_CPU:
                raise Fault("the parser of feeds used %.1f s of CPU time" % used)
        headers = b"\r\n".join([line] + [name + b": " + value for name, value in [(b"Content-Type", content_type.encode("ascii"))] + headers])
        self.feed.response = headers + b"\r\n\r\n" + document

    def log_files(self, inputs):
        if self.watcher is None:
            self.watcher = Watcher(self.stack, 2, [self.cookie and "Cookie: " + self.cookie.decode("ascii")]).until(lambda: True)
        path = self.paths[2]
        for operation, data in inputs:
            if operation == "replace":
                os.rename(path, path + ".1")
            elif operation == "shorten":
                with open(path, "ab") as file:
                    file.truncate(file.tell() // 2)
            with open(path, "wb" if operation == "truncate" else "ab") as file:
                file.write(data)
        self.probes += 1
        probe = "probe %d" % self.probes
        with open(path, "ab") as file:
            file.write(b"\n" + probe.encode("ascii") + b"\n")
        try:
            self.watcher.until_line(probe, HANDLED_WITHIN)
        except Exception as error:
            raise Fault("the watcher of a log file: %s: %s" % (type(error).__name__, error))
        del self.watcher.lines[:], self.watcher.notes[:]

    def entries_in_redis(self, inputs):
        self._find_victim()
        pipeline = self.redis.pipeline(transaction=False)
        names = set()
        for name, data in inputs:
            key = b"asgi:" + (self.server if name == "@SERVER@" else name.encode("ascii"))
            names.add(key)
            pipeline.rpush(key, self.filled(data))
            if name == "chat-messages":
                # As push.lua does for a durable channel.
                pipeline.delete("asgi:" + WAKE_UP + name)
                pipeline.rpush("asgi:" + WAKE_UP + name, "1")
        pipeline.execute()
        wait_until(lambda: not any(self.redis.llen(key) for key in names), HANDLED_WITHIN, "the end of %s" % names)
        # The last entry has been taken: a frame behind it is answered when it has been handled.
        self.frames([])
        self.frames_of_log_files([])

    def _find_victim(self):
        peer = self.sockets.get(VICTIM)
        if peer is not None:
            poll([peer], 0)
            if not peer.is_closed:
                return
        before = self._members()
        self._send_frames(VICTIM, [])
        self._wait_for_peers()
        self.victim = (self._members() - before).pop()

    def _members(self):
        return {member for key in self.redis.keys("asgi*:group:*") for member in self.redis.zrange(key, 0, -1)}


class Peer(object):
    """One socket whose frames are pipelined. ``is_waiting``: until the answer to the last probe, or the end of the connection."""

    def __init__(self, port, path, cookie):
        self.path = path
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(ADDRESS, 0))
        self.is_closed = False
        self.is_waiting = False
        self._tail = b""
        protocols = [] if path in PLAIN else [(b"Sec-WebSocket-Protocol", b"chartroom.v1")]
        self.socket.sendall(upgrade(path.encode("ascii"), [(b"Cookie", cookie)] + protocols))
        answer = b""
        while b"\r\n\r\n" not in answer:
            more = self.socket.recv(65536)
            if not more:
                raise Fault("the handshake of %s was answered with %r" % (path, answer))
            answer += more
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise Fault("the handshake of %s was answered with %r" % (path, answer[:200]))
        self.socket.setblocking(False)
        self.unsent = b""

    def send(self, data, number):
        if self.path.startswith("/tail/"):
            probe, self._answer = b'{"type": "ping"}', re.compile(b'"pong"|"rate_limited"')
        elif self.path.startswith("/chat/"):
            probe, self._answer = b'{"type": "history", "before": %d}' % (10 ** 6 + number), re.compile(b'"before": ?%d\\b' % (10 ** 6 + number))
        else:
            # A room in plain text answers with the message, or with its refusal, or closes.
            probe, self._answer = b"probe %d." % number, re.compile(b"probe %d\\.|error rate_limited|error busy" % number)
        self.is_waiting = True
        self._tail = b""
        self.unsent += data + frame(1, probe)

    def fileno(self):
        return self.socket.fileno()

    def write(self):
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent):]
        except (OSError, IOError) as error:
            self._failed(error)

    def read(self):
        try:
            data = self.socket.recv(262144)
        except (OSError, IOError) as error:
            self._failed(error)
            return
        if not data:
            self.close()
        self._tail += data
        if self.is_waiting and self._answer.search(self._tail):
            self.is_waiting = False
        self._tail = self._tail[-200:]

    def _failed(self, error):
        if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
            self.close()

    def close(self):
        self.is_closed, self.is_waiting = True, False
        self.unsent = b""
        self.socket.close()


class Call(object):
    """A connection of its own for one input: ``first``, and after a handshake ``then``."""

    def __init__(self, port, first, then, ends):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setblocking(False)
        self.unsent, self.then, self.ends = first, then, ends
        self.is_waiting, self.is_closed = True, False
        self._received, self._is_open = b"", False
        if not first and ends:
            self.socket.shutdown(socket.SHUT_WR)

    def fileno(self):
        return self.socket.fileno()

    def write(self):
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent):]
            if not self.unsent and self.ends:
                self.socket.shutdown(socket.SHUT_WR)
        except (OSError, IOError) as error:
            if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
                self.close()

    def read(self):
        try:
            data = self.socket.recv(65536)
        except (OSError, IOError) as error:
            if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):
                self.close()
            return
        if not data:
            self.close()
            return
        self._received += data
        if self.then and b" 101 " in self._received and b"\r\n\r\n" in self._received:
            self.unsent, self.then, self._is_open = self.then, None, True
        elif not self.ends and (PONG in self._received or not self._is_open):
            self.close()
        self._received = self._received[-2000:]

    def close(self):
        self.is_waiting, self.is_closed = False, True
        self.unsent = b""
        self.socket.close()


def converse(port, payloads, ends=False):
    """
    Sends ``[(first, then)]``, each over a connection of its own, all at once. ``ends``: the client closes its half, and
    waits for the end of the answer; otherwise it gives up after `SILENCE`.
    """
    calls = [Call(port, first, then, ends) for first, then in payloads]
    deadline = time.time() + HANDLED_WITHIN
    while True:
        waiting = [call for call in calls if call.is_waiting]
        if not waiting:
            return
        if not poll(waiting, SILENCE) and not ends or time.time() > deadline:
            break
    for call in waiting:
        call.close()
    if ends:
        raise Fault("%d requests were not answered within %d s" % (len(waiting), HANDLED_WITHIN))


def poll(peers, timeout):
    """Reads and writes what is possible; returns whether anything was."""
    readable, writable, _ = select.select(
        [peer for peer in peers if not peer.is_closed], [peer for peer in peers if peer.unsent and not peer.is_closed], [], timeout)
    for peer in writable:
        peer.write()
    for peer in readable:
        if not peer.is_closed:
            peer.read()
    return bool(readable or writable)


SENDERS = {
    "http": Target.http,
    "http on the sockets' port": Target.http_on_sockets_port,
    "handshakes": Target.http_on_sockets_port,
    "frames": Target.frames,
    "frames of log files": Target.frames_of_log_files,
    "bytes after a handshake": Target.bytes_after_handshake,
    "webhooks": Target.webhooks,
    "feeds": Target.feeds,
    "log files": Target.log_files,
    "entries in Redis": Target.entries_in_redis,
}
