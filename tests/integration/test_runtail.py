# coding: utf-8
"""``/tail/`` through real processes: files, runtail, workers, daphne, Redis."""
from __future__ import unicode_literals

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import websocket
from django.utils.six.moves import http_client

from tests.integration.stack import ROOT, Stack, wait_until
from tests.integration.watching import Watcher, log_in, numbered, write

pytestmark = pytest.mark.processes

READING = "Active: serving"
STANDING_BY = "standing by"
WHO_READS = """
from django.core.cache import cache
from chartroom.sources.tail.lease import KEY
answer = cache.get(KEY)
"""

ROUND = 10  # seconds: RECHECK_EVERY
FILES = 40


class Tail(object):
    """A stack with files and ``runtail``, and a user who may watch them."""

    def __init__(self, folder):
        self.paths = {number: str(folder.join("%d.log" % number)) for number in range(1, FILES + 1)}
        for path in self.paths.values():
            write(path, "first")
        self.stack = Stack(
            pipeline_workers=0, web=True, DJANGO_SETTINGS_MODULE="tests.integration.tail_settings",
            TAIL_FILES=",".join("%d=%s" % pair for pair in sorted(self.paths.items())))
        self.stack.start()
        self.stack.commands["tail"] = self.stack.commands["tail2"] = ["manage.py", "runtail"]
        self.header = log_in(self.stack)
        self.start()

    def start(self, name="tail"):
        """Starts a ``runtail``; returns when it reads or is on standby."""
        before = self.logged(name)
        self.stack.start_process(name)
        wait_until(lambda: self.logged(name) > before, 30, name)

    def reads(self, name="tail"):
        """Whether the process reads, rather than being on standby."""
        log = self.stack.log(name)
        return log.rfind(READING) > log.rfind(STANDING_BY)

    def logged(self, name):
        if not os.path.exists(self.stack.log_path(name)):
            return 0
        return self.stack.log(name).count(READING) + self.stack.log(name).count(STANDING_BY)

    def watch(self, number, header=None):
        return Watcher(self.stack, number, header or self.header).until(lambda: True)

    def open_files(self, name="tail"):
        """The numbers of the files that the process has open."""
        folder = "/proc/%d/fd" % self.stack.processes[name].pid
        links = []
        for link in os.listdir(folder):
            try:
                links.append(os.readlink(os.path.join(folder, link)))
            except OSError:
                pass  # closed meanwhile
        return sorted(number for number, path in self.paths.items() if path in links)

    def restore(self):
        """Restores the state before a test killed processes: one ``runtail`` that reads."""
        if "tail2" in self.stack.processes:
            self.stack.kill("tail2", signal.SIGTERM)
            self.stack.remove_process("tail2")
        if not self.stack.is_alive("tail"):
            self.start()
        wait_until(self.reads, 30, "the reading")


@pytest.fixture(scope="module")
def shared_tail(tmpdir_factory):
    """One `Tail` for all tests, each of which has its own `file`."""
    tail = Tail(tmpdir_factory.mktemp("logs"))
    yield tail
    tail.stack.stop()


@pytest.fixture
def tail(shared_tail):
    """The shared one, for a test that kills and restarts its processes."""
    yield shared_tail
    shared_tail.restore()


files = itertools.count(2)  # eve may not watch the first one.


class File(object):

    def __init__(self, tail, number):
        self.tail, self.number, self.path = tail, number, tail.paths[number]

    def watch(self, **options):
        return self.tail.watch(self.number, **options)

    def write(self, *lines):
        write(self.path, *lines)

    @property
    def is_open(self):
        return self.number in self.tail.open_files()


@pytest.fixture
def file(shared_tail):
    """A new file without watchers."""
    return File(shared_tail, next(files))


@pytest.fixture
def missing(file):
    """A file that does not exist."""
    os.remove(file.path)
    return file


class Writer(threading.Thread):
    """Writes numbered lines until `end` is called."""

    def __init__(self, path, pause=0.01):
        super(Writer, self).__init__()
        self.path, self.pause = path, pause
        self.count, self.is_ended = 0, False
        self.start()

    def run(self):
        while not self.is_ended:
            self.count += 1
            write(self.path, "line %d" % self.count)
            time.sleep(self.pause)

    def end(self):
        self.is_ended = True
        self.join()
        return self.count


def assert_all(watcher, writer):
    """The watcher has each line once, in order, and no gap was reported."""
    count = writer.end()
    watcher.until_line("line %d" % count)
    assert watcher.lines == ["first"] + numbered(1, count)
    assert [note for note in watcher.notes if note[0] in ("gap", "skipped")] == []


def test_new_lines_follow_the_last_ones_of_the_file(file):
    file.write(*numbered(1, 500))
    watcher = file.watch().until_line("line 500")
    assert watcher.lines == numbered(301, 500)
    file.write("聊天 – ünïcode")
    watcher.until_line("聊天 – ünïcode")


def test_a_file_is_read_once_for_all_its_watchers(file):
    watchers = [file.watch() for _ in range(10)]
    for watcher in watchers:
        watcher.until_line("first")
    assert file.tail.open_files().count(file.number) == 1
    file.write("x")
    for watcher in watchers:
        assert watcher.until_line("x").lines == ["first", "x"]


@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_file_without_watchers_is_closed(file, how):
    assert not file.is_open
    first, second = file.watch().until_line("first"), file.watch().until_line("first")
    assert file.is_open
    second.close()
    file.write("x")
    first.until_line("x")
    assert file.is_open
    if how == "close":
        first.close()
    else:
        first.socket.sock.close()  # without a close frame
    wait_until(lambda: not file.is_open, 30, "the closing")


class TestKilled:
    """At any point: no line is repeated or missing."""

    def test_runtail(self, tail, file):
        watcher = file.watch().until_line("first")
        writer = Writer(file.path)
        for _ in range(2):
            read = len(watcher.lines)
            watcher.until(lambda: len(watcher.lines) > read + 20)
            tail.stack.kill("tail")
            tail.start()
            watcher.until(lambda: watcher.resumed, 40)
        assert_all(watcher, writer)

    def test_runtail_while_another_is_on_standby(self, tail, file):
        tail.start("tail2")
        assert STANDING_BY in tail.stack.log("tail2")
        watcher = file.watch().until_line("first")
        assert tail.open_files("tail2") == []
        writer = Writer(file.path)
        watcher.until(lambda: len(watcher.lines) > 20)
        tail.stack.kill("tail")
        began = time.time()
        wait_until(lambda: READING in tail.stack.log("tail2"), 30, "the taking over")
        assert time.time() - began < 7
        assert_all(watcher, writer)
        assert tail.open_files("tail2") == [file.number]

    def test_runtail_while_the_file_is_rotated(self, tail, file):
        watcher = file.watch().until_line("first")
        file.write("line 1")
        watcher.until_line("line 1")
        tail.stack.kill("tail")
        file.write("line 2")
        os.rename(file.path, file.path + ".1")
        file.write("line 3")
        tail.start()
        watcher.until_line("line 3", 40)
        assert watcher.lines == ["first", "line 1", "line 2", "line 3"] and watcher.notes == [("rotated", 3)]

    def test_the_interface_server(self, tail, file):
        watcher = file.watch().until_line("first")
        writer = Writer(file.path)
        watcher.until(lambda: len(watcher.lines) > 20)
        tail.stack.kill("daphne")
        tail.stack.start_process("daphne")
        reconnect(watcher)
        assert_all(watcher, writer)

    def test_a_worker(self, tail, file):
        watcher = file.watch().until_line("first")
        writer = Writer(file.path)
        watcher.until(lambda: len(watcher.lines) > 20)
        tail.stack.kill("sockets0")
        read = len(watcher.lines)
        watcher.until(lambda: len(watcher.lines) > read + 20)
        tail.stack.start_process("sockets0")
        watcher.send(type="ping")
        watcher.until(lambda: watcher.pings)
        assert_all(watcher, writer)

    def test_redis_without_persistence(self, tail, file):
        watcher = file.watch().until_line("first")
        writer = Writer(file.path)
        watcher.until(lambda: len(watcher.lines) > 20)
        tail.stack.redis.process.kill()
        tail.stack.redis.process.wait()
        tail.stack.redis.start()
        tail.header = log_in(tail.stack)
        reconnect(watcher)
        assert_all(watcher, writer)


def reconnect(watcher):
    def is_back():
        try:
            watcher.close()
            watcher.connect()
            watcher.until(lambda: watcher.is_opened, 5)
            return True
        except (AssertionError, EnvironmentError, websocket.WebSocketException):
            return False
    wait_until(is_back, 60, "the connection")


def test_after_a_clean_exit_the_next_one_takes_over_at_once(tail, file):
    tail.start("tail2")
    watcher = file.watch().until_line("first")
    before = tail.stack.run(WHO_READS)
    began = time.time()
    tail.stack.kill("tail", signal.SIGTERM)
    assert before and tail.stack.run(WHO_READS) != before
    file.write("x")
    watcher.until_line("x")
    assert time.time() - began < 6
    assert tail.stack.processes["tail"].returncode == 0


def test_a_suspended_one_does_not_continue_beside_its_successor(tail, file):
    watcher = file.watch().until_line("first")
    tail.start("tail2")
    tail.stack.processes["tail"].send_signal(signal.SIGSTOP)
    wait_until(lambda: READING in tail.stack.log("tail2"), 30, "the taking over")
    file.write(*numbered(1, 5))
    watcher.until_line("line 5")
    tail.stack.processes["tail"].send_signal(signal.SIGCONT)
    wait_until(lambda: not tail.reads("tail"), what="the standing by")
    file.write(*numbered(6, 9))
    watcher.until_line("line 9")
    assert watcher.lines == ["first"] + numbered(1, 9) and watcher.notes == []


class TestFiles:

    def test_rotation_by_rename(self, file):
        watcher = file.watch().until_line("first")
        with open(file.path, "a") as old:
            os.rename(file.path, file.path + ".1")
            old.write("rest of the old\n")
            old.flush()
            file.write("new")
        watcher.until_line("new")
        assert watcher.lines == ["first", "rest of the old", "new"] and watcher.notes == [("rotated", 2)]

    def test_rotation_by_copy_and_truncation(self, file):
        watcher = file.watch().until_line("first")
        shutil.copy(file.path, file.path + ".1")
        with open(file.path, "r+") as opened:
            opened.truncate()
        watcher.until(lambda: watcher.notes)
        file.write("new")
        watcher.until_line("new")
        assert watcher.lines == ["first", "new"] and watcher.notes == [("truncated", 1)]

    def test_a_file_that_does_not_exist_yet(self, missing):
        watcher = missing.watch()
        watcher.until(lambda: watcher.state == "missing")
        missing.write("here")
        watcher.until_line("here")
        assert watcher.notes == [("found", 0)]

    def test_a_pipe_does_not_block_other_files(self, missing, shared_tail):
        os.mkfifo(missing.path)
        watcher = missing.watch()
        watcher.until(lambda: watcher.state == "not_a_file")
        File(shared_tail, next(files)).watch().until_line("first")

    def test_a_line_of_10_mb(self, file):
        watcher = file.watch().until_line("first")
        file.write("x" * 10 ** 7, "after it")
        watcher.until_line("after it")
        assert watcher.lines[1] == "x" * 8192 + "[cut %d]" % (10 ** 7 - 8192)
        status = open("/proc/%d/status" % file.tail.stack.processes["tail"].pid).read()
        [peak] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
        assert peak < 150 * 1024


class TestPermissions:

    @pytest.mark.parametrize("path", ["/tail/99/", "/tail/x/", "/tail/../../etc/passwd", "/tail/..%2f..%2fetc%2fpasswd", "/tail/1/../2/", "/tail/"])
    def test_other_paths_are_not_found(self, shared_tail, path):
        assert close_code(shared_tail, path, shared_tail.header) == 4404

    def test_users_without_an_account_are_refused(self, shared_tail):
        assert close_code(shared_tail, "/tail/1/", {}) == 4401
        assert close_code(shared_tail, "/tail/1/", {"Cookie": "sessionid=guessed"}) == 4401

    def test_files_without_permission_are_refused_and_a_barred_user_is_closed(self, file, shared_tail):
        eve = log_in(shared_tail.stack, "eve")
        assert close_code(shared_tail, "/tail/1/", eve) == 4403
        watcher = file.watch(header=eve).until_line("first")
        assert file.is_open

        shared_tail.stack.run(
            "from django.contrib.auth.models import User; User.objects.filter(username='eve').update(is_active=False)")
        # Without a frame of the client, by the next recheck.
        wait_until(lambda: watcher.receive() == ("close", 4401), within=ROUND + 3)
        wait_until(lambda: not file.is_open, what="the closing")


def close_code(tail, path, header):
    socket = websocket.create_connection("ws://127.0.0.1:%d%s" % (tail.stack.port, path), timeout=10, header=header)
    watcher = Watcher.__new__(Watcher)
    watcher.socket = socket
    kind, code = watcher.receive()
    assert kind == "close", code
    return code


def test_pages(shared_tail):
    answer = get(shared_tail, "/tail/")
    page = answer.read().decode("utf-8")
    assert answer.status == 200 and "1.log" in page and os.path.dirname(shared_tail.paths[1]) not in page
    assert get(shared_tail, "/tail/", header={}).getheader("Location").endswith("/accounts/login/?next=/tail/")
    for path in ("/tail/../../etc/passwd", "/tail/x/", "/tail/1/"):
        assert get(shared_tail, path).status == 404


def get(tail, path, header=None):
    """Requests an unnormalized path, which most clients would shorten."""
    connection = http_client.HTTPConnection("127.0.0.1", tail.stack.web_port, timeout=10)
    connection.request(str("GET"), str(path), headers=tail.header if header is None else header)
    return connection.getresponse()


class TestCannotStart:

    def run(self, **env):
        clean = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "TAIL_FILES")}
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "manage.py", "runtail"], cwd=ROOT, stderr=subprocess.PIPE,
            env=dict(clean, DJANGO_SETTINGS_MODULE="project.settings", **env))
        _, complaint = process.communicate()
        return process.returncode, complaint.decode("utf-8")

    def test_without_a_layer_that_connects_processes(self, tmpdir):
        status, complaint = self.run(STATE_DIR=str(tmpdir), TAIL_FILES="1=/x")
        assert status == 1 and "in-memory" in complaint and "Traceback" not in complaint

    def test_without_a_file(self, tmpdir):
        status, complaint = self.run(STATE_DIR=str(tmpdir), REDIS_URL="redis://127.0.0.1:1/0")
        assert status == 1 and "CHARTROOM_TAIL_FILES" in complaint and "Traceback" not in complaint
