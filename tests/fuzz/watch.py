# coding: utf-8
"""What must hold during a run: no process ends or is replaced, nothing logs a traceback, and a stranger is served."""
from __future__ import unicode_literals

import os
import socket
import threading
import time

from tests.integration.client import Client

MAX_CPU = 1.0  # seconds of CPU time for one input
ACK_WITHIN = 5  # seconds
EVERY = 0.2  # seconds between two messages of the stranger
# A line with one of these is a fault.
FAULTS = (b"Traceback (most recent call last)", b" CRITICAL ", b"[CRITICAL]", b"WORKER TIMEOUT", b"Unhandled")
LINES = 40  # of a log, printed after such a line
TICKS = float(os.sysconf(str("SC_CLK_TCK")))
ADDRESS = "127.0.0.2"  # the stranger's, whose limits are not those of the inputs' address


class Fault(Exception):
    """Its text says which process did what."""


class Watch(object):
    """The processes of a `tests.integration.stack.Stack`, gunicorn's own included."""

    def __init__(self, stack):
        self.stack = stack
        self.pids = {name: [process.pid] + _children(process.pid) for name, process in stack.processes.items()}
        self.pids["redis"] = [stack.redis.process.pid]
        self._read = {name: 0 for name in stack.processes}  # bytes of each log that have been checked

    def cpu(self):
        """{name: seconds of CPU time since its start}, with that of its children."""
        return {name: sum(_cpu(pid) for pid in pids) for name, pids in self.pids.items()}

    def check(self):
        """Raises `Fault`."""
        for name in sorted(self.stack.processes):
            process = self.stack.processes[name]
            new = self._new_lines(name)
            for line in new:
                if any(mark in line for mark in FAULTS):
                    at = new.index(line)
                    raise Fault("%s logged:\n%s" % (name, b"\n".join(new[max(0, at - 2):at + LINES]).decode("utf-8", "replace")))
            if process.poll() is not None:
                raise Fault("%s ended with status %s:\n%s" % (name, process.returncode, b"\n".join(new[-LINES:]).decode("utf-8", "replace")))
            # runfeed parses each document in a child.
            if name == "web" and [process.pid] + _children(process.pid) != self.pids[name]:
                raise Fault("a child of %s was replaced:\n%s" % (name, b"\n".join(new[-LINES:]).decode("utf-8", "replace")))
        if self.stack.redis.process.poll() is not None:
            raise Fault("redis ended")

    def _new_lines(self, name):
        with open(self.stack.log_path(name), "rb") as log:
            log.seek(self._read[name])
            new = log.read()
        # The rest of a line is read with the next lines.
        new = new[:new.rfind(b"\n") + 1]
        self._read[name] += len(new)
        return new.split(b"\n")


def _children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            return sorted(int(number) for number in file.read().split())
    except (IOError, OSError):
        return []


def _cpu(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except (IOError, OSError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


class Stranger(threading.Thread):
    """A client in a room of its own that sends a message every `EVERY` seconds, and waits for its ack."""

    def __init__(self, stack):
        super(Stranger, self).__init__()
        self.daemon = True
        self.failure = None
        self.slowest = 0.0  # seconds until an ack
        self.sent = []
        self._is_ending = threading.Event()
        self.client = Client(
            "ws://127.0.0.1:%d/chat/strangers/" % stack.port,
            socket=socket.create_connection(("127.0.0.1", stack.port), timeout=ACK_WITHIN, source_address=(ADDRESS, 0)))

    def run(self):
        try:
            self.client.until(lambda: self.client.welcome is not None)
            while not self._is_ending.wait(EVERY):
                id = "stranger-%d" % len(self.sent)
                began = time.time()
                self.client.send_messages((id, id))
                self.sent.append(id)
                self.client.until(lambda: id in self.client.acks, ACK_WITHIN)
                self.slowest = max(self.slowest, time.time() - began)
            self.client.read_all()
        except Exception as error:
            self.failure = "%s: %s" % (type(error).__name__, error)

    def check(self):
        if self.failure is not None:
            raise Fault("the stranger's client failed after %d messages: %s" % (len(self.sent), self.failure))

    def end(self):
        """Raises `Fault` unless the stranger has each of its messages once, in order."""
        self._is_ending.set()
        self.join(60)
        self.check()
        received = [text for text in self.client.texts if text.startswith("stranger-")]
        if received != self.sent:
            raise Fault("the stranger sent %d messages and has %d: %r" % (len(self.sent), len(received), received[-5:]))
        self.client.close()
