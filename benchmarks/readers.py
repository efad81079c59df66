# coding: utf-8
"""
Many WebSockets in this process, cheaply: the load must leave the machine's cores to
what is measured. Bare sockets and epoll (so Linux only), on loopback only.

All readers of a room receive the same bytes, so the result of each `recv` is looked
up in a dict of earlier ones: frames and JSON are parsed once for all readers. Who
received what, and when, is recorded, and counted afterwards (`benchmarks.tally`).
"""
from __future__ import unicode_literals

import errno
import select
import socket
import struct
from array import array
from collections import Counter, namedtuple
from timeit import default_timer

from benchmarks import frames
from benchmarks.processes import Failed
from benchmarks.server_frames import parse

HANDSHAKE = (
    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n"
)
RECEIVED = 256 * 1024        # bytes of one recv
REMEMBERED = 48 * 1024 ** 2  # bytes in the dict of earlier results
TIMEOUT = 5                  # seconds for a connection's SYN

# The result of one recv: its index in the log, the number of messages in it, the bytes of an incomplete
# frame at its end, and the frames that each reader has to act on: pings, closes, errors.
Chunk = namedtuple("Chunk", "index count rest special")


class Log(object):
    """Which reader received which chunk, and when; ``chunks[index]`` is a list of ``(message number, seq)``."""

    def __init__(self):
        self.chunks = []
        self.readers, self.indexes, self.times = array(str("H")), array(str("I")), array(str("d"))


class Reader(object):

    __slots__ = ("number", "socket", "rest", "is_open", "is_welcome", "is_gone")

    def __init__(self, number, connection):
        self.number = number
        self.socket = connection
        self.rest = b""
        self.is_open = self.is_welcome = self.is_gone = False


class Crowd(object):
    """
    ``delivered``: messages received by all readers together; ``acked``: the numbers of the
    acknowledged messages; ``closes``: ``{code or reason: sockets}``.
    """

    def __init__(self, port, path, subprotocol=None):
        if not hasattr(select, "epoll"):
            raise Failed("The measurements with many sockets need epoll, so Linux.")
        header = "Sec-WebSocket-Protocol: %s\r\n" % subprotocol if subprotocol else ""
        self.address = ("127.0.0.1", port)
        self.handshake = (HANDSHAKE % (path, port, header)).encode("ascii")
        self.epoll = select.epoll()
        self.readers, self._by_descriptor = [], {}
        self.log = Log()
        self.delivered, self.welcomed, self.gone = 0, 0, 0
        self.acked, self.closes, self.errors = set(), Counter(), Counter()
        self._seen, self._seen_bytes = {}, 0
        self._read = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for reader in self.readers:
            reader.socket.close()
        self.epoll.close()

    # Connecting

    def connect(self, count, in_flight, within):
        """Opens ``count`` more, each until it has received its welcome; returns the seconds it took. Raises `Failed`."""
        start = default_timer()
        begun, welcomed, gone = 0, self.welcomed, self.gone
        while self.welcomed - welcomed < count:
            while begun < count and begun - (self.welcomed - welcomed) < in_flight:
                self._begin()
                begun += 1
            self.poll(0.2)
            if self.gone > gone or default_timer() - start > within:
                raise Failed("%d of %d sockets had their welcome after %.0f s; closed: %s." % (
                    self.welcomed - welcomed, count, default_timer() - start, described(self.closes)))
        return default_timer() - start

    def _begin(self):
        connection = socket.create_connection(self.address, timeout=TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(self.handshake)
        connection.setblocking(False)
        reader = Reader(len(self.readers), connection)
        self.readers.append(reader)
        self._by_descriptor[connection.fileno()] = reader
        self.epoll.register(connection.fileno(), select.EPOLLIN)

    def _open(self, reader, data):
        """The bytes after the handshake's response, or None while it is incomplete."""
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            reader.rest = data
            return None
        status = head.split(b"\r\n")[0].decode("latin-1")
        if " 101 " not in status + " ":
            self._lose(reader, status)
            return None
        reader.is_open = True
        return rest

    # Reading

    def poll(self, timeout):
        """Waits at most ``timeout`` seconds, and reads from the sockets that are ready."""
        try:
            ready = self.epoll.poll(max(0, timeout), max(1, len(self.readers)))
        except (IOError, OSError) as error:
            if error.errno == errno.EINTR:
                return
            raise
        for descriptor, _ in ready:
            self._receive(self._by_descriptor[descriptor])

    def _receive(self, reader):
        try:
            data = reader.socket.recv(RECEIVED)
        except socket.error as error:
            if error.errno in (errno.EAGAIN, errno.EINTR):
                return
            data = b""
        if not data:
            self._lose(reader, "cut")
            return

        if reader.rest:
            data = reader.rest + data
        if not reader.is_open:
            data = self._open(reader, data)
            if data is None:
                return
        chunk = self._seen.get(data) or self._cut(data)
        reader.rest = chunk.rest
        if chunk.count:
            self.delivered += chunk.count
            log = self.log
            log.readers.append(reader.number)
            log.indexes.append(chunk.index)
            log.times.append(default_timer())
        for kind, value in chunk.special:
            self._do(reader, kind, value)

    def _cut(self, data):
        """Parses ``data`` into a new `Chunk`, and remembers it."""
        whole, rest = frames.cut(data)
        messages, special = [], []
        for opcode, payload in whole:
            if opcode == frames.TEXT:
                kind, value = self._parse(payload)
                if kind == "messages":
                    messages.extend(value)
                else:
                    special.append((kind, value))
            else:
                special.append((opcode, payload))

        chunk = Chunk(len(self.log.chunks), len(messages), rest, special)
        self.log.chunks.append(messages)
        self._seen[data] = chunk
        self._seen_bytes += len(data)
        if self._seen_bytes > REMEMBERED:
            self._seen, self._seen_bytes = {}, 0
        return chunk

    def _parse(self, payload):
        if payload not in self._read:
            if len(self._read) > 20000:
                self._read.clear()
            self._read[payload] = parse(payload)
        return self._read[payload]

    def _do(self, reader, kind, value):
        if kind == "welcome":
            if not reader.is_welcome:
                reader.is_welcome = True
                self.welcomed += 1
        elif kind == "acks":
            self.acked.update(value)
        elif kind == "error":
            self.errors[value] += 1
        elif kind == frames.PING:
            self._write(reader, frames.make(frames.PONG, value))
        elif kind == frames.CLOSE:
            self._lose(reader, struct.unpack_from(str("!H"), value)[0] if len(value) >= 2 else "closed")

    def _lose(self, reader, why):
        if not reader.is_gone:
            reader.is_gone = True
            self.gone += 1
            self.closes[why] += 1
            self.epoll.unregister(reader.socket.fileno())
            del self._by_descriptor[reader.socket.fileno()]
            reader.socket.close()

    # Writing

    def send(self, reader, text):
        """Sends one text frame; returns False for a socket that is closed."""
        return self._write(reader, frames.make(frames.TEXT, text.encode("utf-8")))

    def _write(self, reader, data):
        if reader.is_gone:
            return False
        try:
            whole = reader.socket.send(data) == len(data)
        except socket.error:
            whole = False
        if not whole:
            self._lose(reader, "not writable")
        return whole


def described(counts):
    return ", ".join("%s: %d" % (why, number) for why, number in sorted(counts.items(), key=repr)) or "none"
