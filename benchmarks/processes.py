"""The real processes that are measured: stock runworker and daphne, ended by their pids."""
from __future__ import unicode_literals

import io
import os
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

CHARTROOM = "project"
NAIVE = "benchmarks.naive"

END_WITHIN = 15     # seconds
LISTEN_WITHIN = 30  # seconds


class Failed(Exception):
    """A measurement that came to nothing; the text says why."""


class Process(object):
    """A command in the project's folder; what it says goes into a file, of which `last_words` tells."""

    def __init__(self, name, arguments, env, folder):
        self.name = name
        self.log = os.path.join(folder, "%s-%d.log" % (name, time.time() * 1000))
        with io.open(self.log, "wb") as log:
            self.popen = subprocess.Popen(
                [sys.executable] + arguments, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)

    def check(self):
        if self.popen.poll() is not None:
            raise Failed("%s ended with status %d. %s" % (self.name, self.popen.returncode, self.last_words()))

    def last_words(self):
        with io.open(self.log, encoding="utf-8", errors="replace") as log:
            return " / ".join(line.strip() for line in log.readlines()[-4:])

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


def worker(project, env, folder, *options):
    """``manage.py runworker`` of the channels package, under the settings of ``project``."""
    return Process("runworker", ["manage.py", "runworker", "-v", "0"] + list(options), under(project, env), folder)


def under(project, env):
    return dict(env, DJANGO_SETTINGS_MODULE=project + ".settings")


def daphne(project, env, folder, port):
    """Stock daphne, by this environment's own program; returns when it listens."""
    program = os.path.join(os.path.dirname(sys.executable), "daphne")
    process = Process("daphne", [
        program, "-b", "127.0.0.1", "-p", "%d" % port, "-v", "0", project + ".asgi:channel_layer",
    ], under(project, env), folder)
    deadline = time.time() + LISTEN_WITHIN
    while not listens(port):
        process.check()
        if time.time() > deadline:
            process.stop()
            raise Failed("daphne does not listen. %s" % process.last_words())
        time.sleep(0.05)
    return process


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except socket.error:
        return False
    return True
