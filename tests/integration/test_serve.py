# coding: utf-8
"""``make serve``'s launcher, and ``manage.py runserver`` alone."""
from __future__ import unicode_literals

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import pytest
import websocket
from django.utils.six.moves.urllib.request import urlopen

from scripts.ports import free_port
from tests.integration.client import Client
from tests.integration.stack import ROOT, WITHOUT_TXREDISAPI, wait_until

pytestmark = pytest.mark.processes


class Launched(object):
    """A process with what it printed, and the processes that it started."""

    def __init__(self, arguments, **env):
        self.state = tempfile.mkdtemp()
        self.output_path = os.path.join(self.state, "output")
        clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        with open(self.output_path, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable] + arguments, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
                env=dict(
                    clean, DJANGO_SETTINGS_MODULE="project.settings", STATE_DIR=self.state, PYTHONUNBUFFERED="1",
                    PYTHONPATH=WITHOUT_TXREDISAPI, **env))

    @property
    def output(self):
        with io.open(self.output_path, encoding="utf-8") as output:
            return output.read()

    def wait(self, within=30):
        wait_until(lambda: self.process.poll() is not None, within, "the end")
        return self.process.returncode

    def descendants(self):
        """Process ids, read from /proc: [(pid, command line)]."""
        children = {}
        for pid in filter(lambda name: name.isdigit(), os.listdir("/proc")):
            try:
                with open("/proc/%s/stat" % pid, "rb") as stat:
                    parent = int(stat.read().rsplit(b")", 1)[1].split()[1])
            except (IOError, OSError):
                continue
            children.setdefault(parent, []).append(int(pid))
        found, waiting = [], [self.process.pid]
        while waiting:
            for pid in children.get(waiting.pop(), ()):
                found.append(pid)
                waiting.append(pid)
        return found

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.wait()
        shutil.rmtree(self.state, ignore_errors=True)


@pytest.fixture
def launch():
    launched = []

    def start(arguments, **env):
        launched.append(Launched(arguments, **env))
        return launched[-1]
    yield start
    for each in launched:
        each.end()


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            return stat.read().rsplit(b")", 1)[1].split()[0] != b"Z"
    except (IOError, OSError):
        return False


class TestServe:

    def test_runs_separate_processes_and_ends_all_of_them(self, launch):
        """Includes the example sources: a feed, a webhook and a log file, each with its readers."""
        port, websocket_port = free_port(), free_port()
        served = launch(
            ["scripts/serve.py"], PORT=str(port), WEBSOCKET_PORT=str(websocket_port), EXAMPLE_PORT=str(free_port()))
        address = "http://127.0.0.1:%d/" % port
        wait_until(lambda: address in served.output, 30, "the address")

        silent = Client("ws://127.0.0.1:%d/chat/lobby/" % websocket_port, origin=address.rstrip("/"))
        silent.send_and_wait(("a", "hello"))
        page = urlopen(address + "chat/lobby/", timeout=10).read().decode("utf-8")
        assert ":%d" % websocket_port in page

        for path, source in (("/blog/news/", "feed"), ("/deploy/example/", "webhook"), ("/chat/clock/", None)):
            reader = Client("ws://127.0.0.1:%d%s" % (websocket_port, path))
            reader.until(lambda: reader.welcome is not None)
            if source:
                reader.until(lambda: reader.messages)
                assert {message["source"] for message in reader.messages} == {source}
        log = os.path.join(served.state, "example", "example.log")
        wait_until(lambda: os.path.getsize(log) > 100, what="a log")

        processes = served.descendants()
        assert len(processes) >= 10  # Redis, daphne, three workers, gunicorn and its two, timers, tail, feeds, the example
        served.process.send_signal(signal.SIGINT)
        served.wait()
        wait_until(lambda: not any(map(is_running, processes)), what="the end of all processes")
        # No process was killed, although the clients did not answer the close; and no deprecation was printed.
        words = ("Traceback", "SIGKILL", "may be lost", "Warning: ", "no longer supported")
        assert [word for word in words if word in served.output] == [], served.output
        assert silent.socket.connected

    def test_a_taken_port_is_one_clear_line(self, launch):
        holder = socket.socket()
        holder.bind(("127.0.0.1", 0))
        holder.listen(1)
        port = holder.getsockname()[1]
        served = launch(["scripts/serve.py"], PORT=str(port))
        assert served.wait() == 1
        assert len(served.output.splitlines()) == 1
        assert "Port %d" % port in served.output and "make serve PORT=" in served.output
        holder.close()

    @pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
    def test_an_invalid_port(self, launch, port):
        served = launch(["scripts/serve.py"], PORT=port)
        assert served.wait() == 1 and "PORT=%s" % port in served.output and "Traceback" not in served.output

    def test_a_redis_that_does_not_answer(self, launch):
        served = launch(
            ["scripts/serve.py"], PORT=str(free_port()), WEBSOCKET_PORT=str(free_port()), EXAMPLE_PORT=str(free_port()),
            REDIS_URL="redis://127.0.0.1:%d/0" % free_port())
        assert served.wait() == 1
        start, complaint = served.output.splitlines()
        assert "Python" in start and "REDIS_URL" in complaint

    def test_no_python_is_one_clear_line(self):
        script = subprocess.Popen(
            ["/bin/sh", "scripts/find-python"], cwd=ROOT, env={"PATH": "/nowhere", "HOME": "/nowhere"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, complaint = script.communicate()
        assert script.returncode == 1 and output == b""
        assert len(complaint.splitlines()) == 1 and b"No supported Python found" in complaint


def test_runserver_alone(launch):
    port = free_port()
    state = launch(["manage.py", "migrate", "--noinput"])
    assert state.wait() == 0
    launch(
        ["manage.py", "runserver", "--noreload", str(port)],
        DATABASE_URL="sqlite:///%s/chartroom.sqlite3" % state.state)

    def connect():
        try:
            return Client("ws://127.0.0.1:%d/chat/lobby/" % port)
        except (socket.error, websocket.WebSocketException):
            return None
    client = wait_until(connect, 30, "the server")
    client.send_and_wait(("a", "hello"), ("b", "again"))
    assert client.read_all().texts == ["hello", "again"]
    assert "lobby" in urlopen("http://127.0.0.1:%d/chat/lobby/" % port, timeout=10).read().decode("utf-8")
    assert urlopen("http://127.0.0.1:%d/static/admin/css/base.css" % port, timeout=10).getcode() == 200
