"""The real processes that are measured."""
from __future__ import unicode_literals

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time

from chartroom.wire.protocol import SUBPROTOCOL

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

CHARTROOM = "project"
NAIVE = "benchmarks.naive"
ECHO = "benchmarks.echo"  # the naive consumers on chartroom's transport

# Environment variable: the Python that a process runs on, where it is not this process's own.
PYTHON = "CHARTROOM_PYTHON"

COMPLAINT = re.compile("WARN|ERROR|CRITICAL|Traceback|Error:")

END_WITHIN = 15     # seconds
LISTEN_WITHIN = 30  # seconds


class Failed(Exception):
    """A measurement that could not be completed; the text states the reason."""


class Process(object):
    """A command, run in the project's folder, with its output in a log file."""

    def __init__(self, name, arguments, env, folder):
        self.name = name
        self.log = os.path.join(folder, "%s-%d.log" % (name, time.time() * 1000))
        with io.open(self.log, "wb") as log:
            self.popen = subprocess.Popen(
                [env.get(PYTHON, sys.executable)] + arguments, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)

    def check(self):
        if self.popen.poll() is not None:
            raise Failed("%s exited with status %d. %s" % (self.name, self.popen.returncode, self.last_lines()))

    def last_lines(self):
        with io.open(self.log, encoding="utf-8", errors="replace") as log:
            return " / ".join(line.strip() for line in log.readlines()[-4:])

    def complaints(self):
        """Warnings and errors in its log."""
        with io.open(self.log, encoding="utf-8", errors="replace") as log:
            return [line.strip() for line in log if COMPLAINT.search(line)]

    def stop(self):
        if self.popen.poll() is not None:
            return
        self.popen.send_signal(signal.SIGTERM)
        deadline = time.time() + END_WITHIN
        while self.popen.poll() is None and time.time() < deadline:
            time.sleep(0.02)
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()


class Running(object):
    """Context manager that starts processes, and stops them in reverse order."""

    def __init__(self, *starters):
        self.starters = starters
        self.running = []

    def __enter__(self):
        try:
            for start in self.starters:
                self.running.append(start())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for process in reversed(self.running):
            process.stop()


def worker(project, env, folder, *options):
    """``manage.py runworker`` under the settings of ``project``; for the naive project the stock worker."""
    return Process("runworker", ["manage.py", "runworker", "-v", "0"] + list(options), under(project, env), folder)


def under(project, env):
    return dict(env, DJANGO_SETTINGS_MODULE=project + ".settings")


def daphne(project, env, folder, port):
    """Stock daphne from this environment; returns when it listens."""
    # Polling: with txredisapi it delivers a tenth as much.
    program = os.path.join(os.path.dirname(sys.executable), "daphne")
    return _interface(
        "daphne", [program, "--force-sync", project + ".asgi:channel_layer"], under(project, env), folder, port)


def rundaphne(project, env, folder, port):
    """chartroom's interface server; returns when it listens."""
    return _interface(
        "rundaphne", ["manage.py", "rundaphne", "--ws-protocol", SUBPROTOCOL], under(project, env), folder, port)


def _interface(name, command, env, folder, port):
    process = Process(name, command + ["-b", "127.0.0.1", "-p", "%d" % port, "-v", "0"], env, folder)
    deadline = time.time() + LISTEN_WITHIN
    while not listens(port):
        process.check()
        if time.time() > deadline:
            process.stop()
            raise Failed("%s does not listen. %s" % (name, process.last_lines()))
        time.sleep(0.05)
    return process


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except socket.error:
        return False
    return True
