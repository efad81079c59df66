# coding: utf-8
"""The example project as it is deployed, for tests: a private Redis, daphne, workers and gunicorn as processes."""
from __future__ import unicode_literals

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import six
import websocket

from chartroom.wire import merge, protocol
from scripts.ports import free_port
from scripts.private_redis import PrivateRedis
from tests.integration.databases import copy_sqlite
from tests.integration.shell import Shell

# The library's list is older than the registry (https://www.iana.org/assignments/websocket).
websocket._abnf.VALID_CLOSE_STATUS += (1012, 1013)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WITHOUT_TXREDISAPI = os.path.join(ROOT, "tests", "without_txredisapi")
START_WITHIN = 20  # seconds
ANSWER_WITHIN = 10


def wait_until(condition, within=ANSWER_WITHIN, what="it", every=0.02):
    """Looks again and again, each `every` seconds, for a bounded time; returns what `condition` returned."""
    deadline = time.time() + within
    while True:
        value = condition()
        if value:
            return value
        if time.time() > deadline:
            raise AssertionError("%s did not come within %s s" % (what, within))
        time.sleep(every)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except socket.error:
        return False
    return True


def clean_env():
    """What this process has, but for what would make a stack another one."""
    return dict(
        {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "STATE_DIR")},
        DJANGO_SETTINGS_MODULE="project.settings", PYTHONPATH=WITHOUT_TXREDISAPI, PYTHONWARNINGS="ignore",
        PYTHONUNBUFFERED="1")


class Stack(object):
    """
    ``start`` brings up all processes, ``stop`` ends them; each can be killed
    and started again by its name: ``daphne``, ``web``, ``sockets0``, ``pipeline0``, …
    Whoever starts a further one says its command in ``commands``.

    ``database_url``: of a database that has its tables; without one it is SQLite.
    """

    def __init__(self, database_url=None, server=True, socket_workers=1, pipeline_workers=1, web=False, **env):
        self.state = tempfile.mkdtemp()
        self.redis = PrivateRedis()
        self.port, self.web_port = free_port(), free_port()
        self.env = dict(
            clean_env(), STATE_DIR=self.state, REDIS_URL=self.redis.url, RATE_LIMIT="0", SOCKET_ORIGIN=":%d" % self.port)
        if database_url:
            self.env["DATABASE_URL"] = database_url
        self.env.update(env)

        worker = ["manage.py", "runworker", "-v", "0"]
        beside = os.path.dirname(sys.executable)
        self.commands = {}
        if server:
            self.commands["daphne"] = ["manage.py", "rundaphne", "-b", "127.0.0.1", "-p", str(self.port), "-v", "0"]
        for number in range(socket_workers):
            self.commands["sockets%d" % number] = worker + ["--exclude-channels=chat-messages"]
        for number in range(pipeline_workers):
            self.commands["pipeline%d" % number] = worker + ["--only-channels=chat-messages"]
        if web:
            self.commands["web"] = [
                os.path.join(beside, "gunicorn"), "project.wsgi", "--bind", "127.0.0.1:%d" % self.web_port,
                "--log-level", "warning",
            ]
        self.processes = {}
        self._shell = None

    def start(self):
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self):
        if "DATABASE_URL" not in self.env:
            copy_sqlite(ROOT, clean_env(), self.state)
        for name in sorted(self.commands):
            self.start_process(name)
        for name, port in (("daphne", self.port), ("web", self.web_port)):
            if name in self.commands:
                wait_until(lambda: answers(port), START_WITHIN, "port %d" % port)

    def start_process(self, name, **env):
        with open(self.log_path(name), "ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable] + self.commands[name], cwd=ROOT, env=dict(self.env, **env), stdout=log, stderr=log,
                close_fds=True)

    def kill(self, name, signal_number=signal.SIGKILL):
        self.processes[name].send_signal(signal_number)
        self.processes[name].wait()

    def is_alive(self, name):
        return self.processes[name].poll() is None

    def log_path(self, name):
        return os.path.join(self.state, name + ".log")

    def log(self, name):
        with open(self.log_path(name), "rb") as log:
            return log.read().decode("utf-8")

    def run(self, code):
        """Runs Python in the project; returns what it calls ``answer``."""
        if self._shell is None:
            self._shell = Shell(ROOT, self.env)
        return self._shell.run(code)

    def take_out(self, name):
        """Ends a process for good; its log goes with it."""
        if self.is_alive(name):
            self.kill(name)
        os.remove(self.log_path(name))
        del self.processes[name]

    def stop(self):
        for name, process in self.processes.items():
            if process.poll() is None:
                # The pages have processes of their own to end; the others have nothing to lose any more.
                process.send_signal(signal.SIGTERM if name == "web" else signal.SIGKILL)
        for process in self.processes.values():
            process.wait()
        if self._shell is not None:
            self._shell.end()
        self.redis.stop()
        shutil.rmtree(self.state, ignore_errors=True)

    def connect(self, path="/chat/lobby/", **options):
        return Client("ws://127.0.0.1:%d%s" % (self.port, path), **options)


class Client(object):
    """A program that reads a room as the protocol says: merges by ``seq``, and has one send frame in flight."""

    def __init__(self, url, **options):
        options.setdefault("subprotocols", [protocol.SUBPROTOCOL])
        self.url = url
        self.options = options
        self.messages, self.seq, self.gap = [], None, False
        self.acks, self.errors = {}, []
        self.welcome = None
        self.connect()

    def connect(self):
        url = self.url if self.seq is None else "%s?since=%d" % (self.url, self.seq)
        self.socket = websocket.create_connection(url, timeout=ANSWER_WITHIN, **self.options)

    def reconnect(self):
        self.socket.close()
        self.connect()
        return self.until(lambda: self.welcome is not None)

    def close(self):
        self.socket.close()

    def send(self, frame):
        self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    def say(self, *entries):
        self.send({"type": "send", "messages": [{"id": id, "text": text} for id, text in entries]})

    def receive(self, timeout=ANSWER_WITHIN):
        """The next frame: ``("text", text)``, ``("close", code)``, or None when none came in time."""
        self.socket.settimeout(timeout)
        try:
            opcode, data = self.socket.recv_data()
        except websocket.WebSocketTimeoutException:
            return None
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return "close", six.indexbytes(data, 0) * 256 + six.indexbytes(data, 1)
        return "text", data.decode("utf-8")

    def read(self, timeout=ANSWER_WITHIN):
        """Takes in one JSON frame; returns it, or None when none came in time."""
        received = self.receive(timeout)
        if received is None:
            return None
        kind, text = received
        assert kind == "text", "closed with %s" % text
        frame = json.loads(text)
        getattr(self, "on_" + frame["type"], lambda frame: None)(frame)
        return frame

    def until(self, condition, within=30):
        """Reads until the condition holds; `AssertionError` when it does not come to that."""
        deadline = time.time() + within
        while not condition():
            assert time.time() < deadline, "not within %d s" % within
            self.read(1)
        return self

    def say_and_wait(self, *entries):
        """Sends one frame, and again what gets no ack in time, as the page does; returns when all are acknowledged."""
        wanted = {id for id, text in entries}
        give_up = time.time() + 60
        while wanted - set(self.acks):
            assert time.time() < give_up, "no ack came; errors: %s" % self.errors
            self.say(*[entry for entry in entries if entry[0] not in self.acks])
            deadline = time.time() + 2
            while wanted - set(self.acks) and time.time() < deadline:
                self.read(0.2)
        return self

    def read_all(self):
        """Asks until nothing is missing up to the room's last message."""
        last = self.ask({"type": "ping", "seq": self.seq or 0}, "pong")["seq"]
        while (self.seq or 0) < last:
            self.ask({"type": "catch_up", "since": self.seq or 0}, "catch_up")
        return self

    def ask(self, frame, answer):
        self.send(frame)
        while True:
            received = self.read()
            assert received is not None, "no %s came" % answer
            if received["type"] == answer:
                return received
            if received["type"] == "error" and received["code"] == "busy" and "id" not in received:
                time.sleep(received["retry_after"])
                self.send(frame)

    def on_welcome(self, frame):
        self.welcome = frame
        self.take(frame["messages"])

    def on_messages(self, frame):
        self.take(frame["messages"])

    def on_catch_up(self, frame):
        self.take(frame["messages"])

    def on_ack(self, frame):
        self.acks.update((ack["id"], ack["seq"]) for ack in frame["acks"])

    def on_error(self, frame):
        self.errors.append(frame)

    def take(self, messages):
        self.messages, self.seq, self.gap = merge(self.messages, messages, self.seq or 0)

    @property
    def texts(self):
        return [message["text"] for message in self.messages]
