"""The real processes, started as by `make serve`, for the duration of the tests."""
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

from scripts.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
READY = "chartroom runs"
WITHIN = 45  # seconds

# One process runs all code for the tests, because starting Django takes a second.
SHELL = """
import newer_python
import json, sys, traceback
import django
django.setup()
for line in iter(sys.stdin.readline, ""):
    try:
        exec(json.loads(line), {})
        answer = None
    except Exception:
        answer = traceback.format_exc()
    sys.stdout.write(json.dumps(answer) + "\\n")
    sys.stdout.flush()
"""


class NotReady(Exception):
    """The stack did not start; the text is its output."""


class Stack:
    """``origin``: the origin to which the pages open their sockets, such as ``":8001"``."""

    def __init__(self, socket_port, origin, **env):
        self.port = free_port()
        self.base = "http://127.0.0.1:%d" % self.port
        self.state = tempfile.mkdtemp(prefix="chartroom-browser-")
        self.python = os.environ.get("CHARTROOM_PYTHON") or str(ROOT / ".venv" / "bin" / "python")
        clean = {
            name: value for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "GUESTS", "RATE_LIMIT", "VIRTUAL_ENV")
            and not name.startswith("PYTEST")
        }
        self.env = dict(
            clean, EXAMPLE="0", PORT=str(self.port), WEBSOCKET_PORT=str(socket_port), SOCKET_ORIGIN=origin, STATE_DIR=self.state,
            # Everybody has the same address here.
            SENDS_PER_ADDRESS="0", ROOMS_PER_ADDRESS="0", GUESTS_PER_ADDRESS="0",
            DJANGO_SETTINGS_MODULE="project.settings", PYTHONDONTWRITEBYTECODE="1", PYTHONIOENCODING="utf-8", **env)
        self.output = os.path.join(self.state, "output")
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [self.python, "scripts/serve.py"], cwd=str(ROOT), env=self.env, stdout=output, stderr=subprocess.STDOUT)
        self.shell = None
        try:
            self._wait()
        except NotReady:
            self.stop()
            raise

    def printed(self):
        return Path(self.output).read_text(encoding="utf-8", errors="replace")

    def _wait(self):
        deadline = time.monotonic() + WITHIN
        while READY not in self.printed():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotReady(self.printed())
            time.sleep(0.05)

    def stop(self):
        """Stop the processes, as Ctrl-C does."""
        if self.shell:
            self.shell.kill()
            self.shell.wait()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.state, ignore_errors=True)

    def run(self, code):
        """Run Python code in a process of the project in which Django is set up."""
        if self.shell is None:
            self.shell = subprocess.Popen(
                [self.python, "-W", "ignore", "-c", SHELL], cwd=str(ROOT), env=self.processes_env(), encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.shell.stdin.write(json.dumps(code) + "\n")
        self.shell.stdin.flush()
        failure = json.loads(self.shell.stdout.readline())
        assert failure is None, failure

    def processes_env(self):
        """The environment of the stack's processes, which contains the address of their private Redis."""
        web = re.search(r"web started \(pid=(\d+)\)", self.printed()).group(1)
        variables = Path("/proc/%s/environ" % web).read_bytes().split(b"\0")
        return dict(variable.decode().split("=", 1) for variable in variables if variable)

    def seed(self, room, count, author="Seed", sender="guest:seed"):
        """Store ``message 1`` to ``message <count>`` without broadcasting them."""
        self.run(
            "from chartroom.models import ChatMessage\n"
            "from chartroom.rooms.store import open_room, store\n"
            "room = open_room('chat', %r)\n"
            "store([ChatMessage(room=room, source='socket', author=%r, sender=%r,\n"
            "                   client_id='seed-%%d' %% number, message='message %%d' %% number)\n"
            "       for number in range(1, %d + 1)])" % (room, author, sender, count))

    def add_user(self, name, password):
        self.run(
            "from django.contrib.auth import get_user_model\n"
            "get_user_model().objects.create_user(%r, password=%r)" % (name, password))

    def stored(self, room):
        """The texts of the room's messages in the database, in order."""
        with closing(sqlite3.connect(os.path.join(self.state, "chartroom.sqlite3"), timeout=20)) as database:
            return [text for text, in database.execute(
                "SELECT message FROM chartroom_chatmessage JOIN chartroom_room ON chartroom_room.id = room_id"
                " WHERE name = ? ORDER BY seq", [room])]
