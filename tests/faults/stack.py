# coding: utf-8
"""The processes under test, chartroom's or the stock ones, on a private Redis, and their clients."""
from __future__ import unicode_literals

import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

import psutil
import websocket
from asgi_redis import RedisChannelLayer as StockLayer

from chartroom.transport.layers import RedisChannelLayer
from scripts.ports import free_port
from scripts.private_redis import PrivateRedis
from tests.integration.client import Client
from tests.integration.stack import ROOT, answers, process_env, wait_until

OURS = os.environ.get("FAULTS_STACK", "ours") == "ours"
LAYERS = {True: "chartroom.transport.layers.RedisChannelLayer", False: "asgi_redis.RedisChannelLayer"}
START_WITHIN = 20  # seconds


class Stack(object):
    """
    ``Stack(folder, capacity=…)``: a Redis, and a layer with these options. `server`,
    `worker` and `delay_worker` start processes on it, and `stop` ends them.
    """

    def __init__(self, folder, routing="tests.faults.consumers.routing", **options):
        self.folder = folder
        self.redis = PrivateRedis()
        self.port = free_port()
        self.processes, self.clients = [], []
        options["hosts"] = [self.redis.url]
        if OURS:
            # Two seconds instead of ten until another worker has the messages of a dead one.
            options.update(durable=["work"], recover_after=2)
        self.layer = (RedisChannelLayer if OURS else StockLayer)(**options)
        self.env = process_env(
            "tests.faults.settings", FAULTS_STATE=folder, FAULTS_LAYER=LAYERS[OURS], FAULTS_ROUTING=routing,
            FAULTS_OPTIONS=json.dumps(options))

    def server(self, *options):
        """The interface server: ``rundaphne``, or daphne."""
        return self._serve(list(options))

    def twisted_server(self):
        """Like `server`, but the stock one uses txredisapi."""
        return self._serve([], PYTHONPATH=ROOT)

    def _serve(self, options, **env):
        daphne = [os.path.join(os.path.dirname(sys.executable), "daphne"), "tests.faults.asgi:channel_layer"]
        own = ["manage.py", "rundaphne"] if OURS else daphne
        server = self._start(own + ["-b", "127.0.0.1", "-p", "%d" % self.port, "-v", "0"] + options, **env)
        wait_until(lambda: answers(self.port) or not server.is_alive, START_WITHIN, "the server")
        # A test must not fail on the stock stack because the server does not run.
        assert server.is_alive, server.log
        return server

    def worker(self, *options):
        worker = self._start(["manage.py", "runworker", "-v", "1"] + list(options))
        wait_until(lambda: "Listening" in worker.log or not worker.is_alive, START_WITHIN, "the worker")
        assert worker.is_alive, worker.log
        return worker

    def delay_worker(self):
        subprocess.check_call(
            [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"], cwd=ROOT, env=self.env)
        return self._start(["manage.py", "rundelay", "-v", "1"])

    def _start(self, arguments, **env):
        log_path = os.path.join(self.folder, "log%d" % len(self.processes))
        self.processes.append(Process(arguments, log_path, dict(self.env, **env)))
        return self.processes[-1]

    def stop(self):
        for client in self.clients:
            client.socket.close()
        for process in self.processes:
            process.kill()
        self.redis.stop()

    # Clients, and the state of the stack

    def connect(self, path, **options):
        """A socket that is accepted."""
        # The UTF-8 check in Python would take longer than everything else.
        self.clients.append(Client(
            "ws://127.0.0.1:%d%s" % (self.port, path), subprotocols=None, skip_utf8_validation=True, **options))
        return self.clients[-1]

    def open_handshake(self, path):
        """A client that has sent its handshake."""
        self.clients.append(Handshake(self.port, path))
        return self.clients[-1]

    def members(self, group):
        return self.layer.group_channels(group)

    @property
    def notes(self):
        path = os.path.join(self.folder, "notes")
        if not os.path.exists(path):
            return []
        with io.open(path, encoding="ascii") as notes:
            return notes.read().split("\n")[:-1]

    def answer(self, within=10):
        """The next message of the channel ``answers``; None after ``within`` seconds."""
        try:
            return wait_until(lambda: self.layer.receive(["answers"])[1], within)
        except AssertionError:
            return None


class Process(object):

    def __init__(self, arguments, log_path, env):
        self.log_path = log_path
        with open(log_path, "wb") as log:
            self._process = subprocess.Popen(
                [sys.executable] + arguments, cwd=ROOT, env=env, stdout=log, stderr=log, close_fds=True)

    @property
    def is_alive(self):
        return self._process.poll() is None

    @property
    def status(self):
        return self._process.poll()

    @property
    def log(self):
        with io.open(self.log_path, encoding="utf-8") as log:
            return log.read()

    @property
    def memory(self):
        """Resident memory in bytes."""
        return psutil.Process(self._process.pid).memory_info().rss

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.is_alive:
            self._process.kill()
        self._process.wait()

    def end(self, within=20):
        """Ends the process with SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        wait_until(lambda: not self.is_alive, within, "its end")


class Handshake(object):
    """A client that has sent its handshake and waits for the answer."""

    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.received = b""
        self.socket.sendall((
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n" % (path, port)
        ).encode("ascii"))

    def read(self):
        """All bytes that have come so far."""
        while select.select([self.socket], [], [], 0)[0]:
            data = self.socket.recv(65536)
            if not data:
                break
            self.received += data
        return self.received

    def close(self):
        self.socket.close()


def texts(client, count, within=10):
    """The next ``count`` text frames, or those that have come within ``within`` seconds."""
    received, deadline = [], time.time() + within
    while len(received) < count:
        frame = client.receive(max(0.01, deadline - time.time()))
        if frame is None or frame[0] == "close":
            break
        received.append(frame[1])
    return received


def close_code(client, within):
    """The code with which a client is closed; None if it is not closed in time, or cut. Skips frames before it."""
    deadline = time.time() + within
    try:
        while time.time() < deadline:
            frame = client.receive(0.5)
            if frame is not None and frame[0] == "close":
                return frame[1]
    except (websocket.WebSocketException, socket.error):
        pass
    return None


def reached(clients, text, within=5):
    """The number of clients that get a text; ``within`` seconds for all of them together."""
    deadline, count = time.time() + within, 0
    for client in clients:
        frame = ""
        while frame not in (("text", text), None):
            frame = client.receive(max(0.01, deadline - time.time()))
        count += frame is not None
    return count


def comes_to(value, wanted, within=15):
    """Polls ``value()`` until it is ``wanted`` or ``within`` seconds are over; returns the last value."""
    try:
        wait_until(lambda: value() == wanted, within)
    except AssertionError:
        pass
    return value()
