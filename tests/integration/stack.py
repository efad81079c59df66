# coding: utf-8
"""The example project with real processes: a private Redis, rundaphne, workers and gunicorn."""
from __future__ import unicode_literals

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from scripts.ports import free_port
from scripts.private_redis import PrivateRedis
from tests.integration.client import ANSWER_WITHIN, Client
from tests.integration.databases import copy_sqlite
from tests.integration.shell import Shell

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WITHOUT_TXREDISAPI = os.path.join(ROOT, "tests", "without_txredisapi")
START_WITHIN = 20  # seconds


def wait_until(condition, within=ANSWER_WITHIN, what="it", every=0.02):
    """
    Polls ``condition`` every ``every`` seconds until it is true, and returns its value; raises
    ``AssertionError`` after ``within`` seconds.
    """
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


def process_env(settings="project.settings", **more):
    """
    The environment of a process under test: this process's, without the variables that
    select a database or a Redis, with ``settings`` as its settings module, and ``more``.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "STATE_DIR")}
    return dict(dict(
        inherited, DJANGO_SETTINGS_MODULE=settings, PYTHONPATH=os.pathsep.join([WITHOUT_TXREDISAPI, ROOT]),
        PYTHONWARNINGS="ignore", PYTHONUNBUFFERED="1"), **more)


class Stack(object):
    """
    ``start`` starts all processes, and ``stop`` ends them. Each can be killed and
    restarted by name: ``daphne``, ``web``, ``sockets0``, ``pipeline0``, … A test adds
    a further process by a command in ``commands``.

    ``database_url``: of a migrated database; by default a new SQLite database.
    """

    def __init__(self, database_url=None, server=True, socket_workers=1, pipeline_workers=1, web=False, **env):
        self.state = tempfile.mkdtemp()
        self.redis = PrivateRedis()
        self.port, self.web_port = free_port(), free_port()
        self.env = process_env(
            STATE_DIR=self.state, REDIS_URL=self.redis.url, RATE_LIMIT="0", SENDS_PER_ADDRESS="0", ROOMS_PER_ADDRESS="0", GUESTS_PER_ADDRESS="0",
            SOCKET_ORIGIN=":%d" % self.port)
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
            copy_sqlite(ROOT, process_env(), self.state)
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
        """Runs Python code in the project; returns the value of its variable ``answer``."""
        if self._shell is None:
            self._shell = Shell(ROOT, self.env)
        return self._shell.run(code)

    def remove_process(self, name):
        """Ends a process and removes its log."""
        if self.is_alive(name):
            self.kill(name)
        os.remove(self.log_path(name))
        del self.processes[name]

    def stop(self):
        for name, process in self.processes.items():
            if process.poll() is None:
                # gunicorn must end its own processes; the others may be killed.
                process.send_signal(signal.SIGTERM if name == "web" else signal.SIGKILL)
        for process in self.processes.values():
            process.wait()
        if self._shell is not None:
            self._shell.end()
        self.redis.stop()
        shutil.rmtree(self.state, ignore_errors=True)

    def connect(self, path="/chat/lobby/", **options):
        return Client("ws://127.0.0.1:%d%s" % (self.port, path), **options)
