# coding: utf-8
"""Workers and an interface server on a private Redis, and the notes that their consumers write."""
from __future__ import unicode_literals

import io
import os
import signal
import subprocess
import sys

import websocket

from chartroom.transport.layers import RedisChannelLayer
from scripts.ports import free_port
from scripts.private_redis import PrivateRedis
from tests.integration.stack import ROOT, answers, process_env, wait_until


class Processes(object):

    def __init__(self, folder):
        self.redis = PrivateRedis()
        self.layer = RedisChannelLayer(hosts=[self.redis.url], durable=["work"], recover_after=4, capacity=5000)
        self.folder = folder
        self.notes_path = os.path.join(folder, "notes")
        self.processes, self.clients = [], []
        self.port = free_port()

    @property
    def env(self):
        return process_env("tests.transport.settings", REDIS_URL=self.redis.url, NOTES=self.notes_path)

    def start(self, *options, **env):
        """Starts a worker."""
        worker = self._start(["runworker", "-v", "2"] + list(options), env)
        wait_until(lambda: "Listening" in self.log(worker) or worker.poll() is not None, 20, "the worker")
        return worker

    def start_server(self, *options, **env):
        """Starts the interface server."""
        if not options:
            options = ("-p", "%d" % self.port)
        server = self._start(["rundaphne"] + list(options), env)
        wait_until(lambda: "Listening" in self.log(server) or server.poll() is not None, 20, "the server")
        # "Listening" comes before the port is open. On a unix socket the test itself waits.
        if "-u" not in options:
            wait_until(lambda: answers(self.port) or server.poll() is not None, what="its port")
        return server

    def start_daphne(self, **env):
        """Starts stock daphne on chartroom's layer."""
        program = os.path.join(os.path.dirname(sys.executable), "daphne")
        daphne = self._start(["-p", "%d" % self.port, "tests.transport.asgi:channel_layer"], env, program=[program])
        wait_until(lambda: answers(self.port) or daphne.poll() is not None, 20, "daphne")
        return daphne

    def _start(self, arguments, env, program=("manage.py",)):
        with open(os.path.join(self.folder, "log%d" % len(self.processes)), "wb") as log:
            process = subprocess.Popen(
                [sys.executable] + list(program) + arguments, cwd=ROOT, stdout=log, stderr=log, close_fds=True,
                env=dict(self.env, **env))
        self.processes.append(process)
        return process

    def log(self, process):
        with io.open(os.path.join(self.folder, "log%d" % self.processes.index(process)), encoding="utf-8") as log:
            return log.read()

    def connect(self, path="/", **options):
        options.setdefault("timeout", 10)
        self.clients.append(websocket.create_connection("ws://127.0.0.1:%d%s" % (self.port, path), **options))
        return self.clients[-1]

    def clean_up(self, keep):
        """Prepares the next test: closes all clients, removes the notes, and ends all but the first ``keep`` processes."""
        for client in self.clients:
            client.shutdown()
        self.clients = []
        # The disconnect's consumer writes its note before it leaves the group.
        wait_until(lambda: not self.layer.group_channels("all"), what="the end of the last socket")
        if os.path.exists(self.notes_path):
            os.remove(self.notes_path)
        for process in self.processes[keep:]:
            kill(process)
        assert [self.log(process) for process in self.processes[:keep] if process.poll() is not None] == []

    @property
    def notes(self):
        if not os.path.exists(self.notes_path):
            return []
        with io.open(self.notes_path, encoding="utf-8") as notes:
            return notes.read().split("\n")[:-1]

    def ended(self):
        return [int(note.split()[1]) for note in self.notes if note.startswith("end ")]

    def until(self, note, within=15):
        wait_until(lambda: note in self.notes, within, repr(note))

    def stop(self):
        for process in self.processes:
            kill(process)
        self.redis.stop()


def kill(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def end(process, within=10):
    """Ends a process with SIGTERM; returns its exit status."""
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: process.poll() is not None, within, "its end")
    return process.returncode
