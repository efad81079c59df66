"""A private MariaDB server: on loopback, with a password, in a temporary folder."""
from __future__ import unicode_literals

import atexit
import io
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from distutils.spawn import find_executable

import pymysql

from scripts.ports import free_port
from scripts.private_postgres import detach, unprivileged_user

START_WITHIN = 30  # seconds
ACCOUNTS = ("mysql", "nobody")  # that run the server if this process is root: the first that exists
ELSEWHERE = os.pathsep.join(("/usr/sbin", "/usr/local/sbin", "/usr/libexec"))  # often not on PATH
INSTALL_HINT = "Install it (Debian: apt install mariadb-server)."


class NoMariaDB(Exception):
    """MariaDB is not installed or does not start; the message states which, and what to do."""


class PrivateMariaDB(object):
    """
    `create_database` returns a value for DATABASE_URL. `stop` and `start` keep the data, the port and the
    password; `close`, which is also called when this process exits, removes them.

    The server reads no configuration files: its settings are MariaDB's own defaults.
    """

    def __init__(self):
        self.programs = {name: find_program(name) for name in ("mariadb-install-db", "mariadbd")}
        self.port = free_port()
        self.password = uuid.uuid4().hex
        self.directory = tempfile.mkdtemp(prefix="chartroom-mariadb-")
        self.process = None
        self.owner = os.getpid()
        atexit.register(self.close)
        try:
            self._make_data()
            self.start()
        except BaseException:
            self.close()
            raise

    def url_of(self, database):
        return "mysql://chartroom:%s@127.0.0.1:%d/%s" % (self.password, self.port, database)

    def create_database(self, name, charset="utf8mb4"):
        """Create an empty database with the charset's default collation; return its URL."""
        self.execute("CREATE DATABASE `%s` CHARACTER SET %s" % (name, charset))
        return self.url_of(name)

    def execute(self, sql):
        connection = self._connect()
        try:
            connection.cursor().execute(sql)
        finally:
            connection.close()

    def _connect(self):
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="chartroom", password=self.password, connect_timeout=2, autocommit=True)

    def start(self):
        deadline = time.time() + START_WITHIN
        self.process = self._run(
            "mariadbd", "--no-defaults", "--datadir=" + self._data, "--port=%d" % self.port, "--bind-address=127.0.0.1",
            "--socket=" + os.path.join(self.directory, "socket"), "--pid-file=" + os.path.join(self.directory, "pid"),
            "--skip-name-resolve", "--init-file=" + self._accounts)
        while not self.answers():
            if time.time() > deadline or self.process.poll() is not None:
                self.stop(signal.SIGKILL)
                raise NoMariaDB("MariaDB did not start. %s" % self._last_lines())
            time.sleep(0.05)

    def answers(self):
        try:
            self._connect().close()
        except pymysql.Error:
            return False
        return True

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait()

    def close(self):
        if self.owner != os.getpid():  # A forked process must not stop it at exit.
            return
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make_data(self):
        with io.open(self._accounts, "w", encoding="ascii") as file:
            os.chmod(self._accounts, 0o600)
            # One statement in each line.
            file.write(
                "CREATE OR REPLACE USER chartroom@127.0.0.1 IDENTIFIED BY '%s';\n"
                "GRANT ALL ON *.* TO chartroom@127.0.0.1;\n" % self.password)
        account = unprivileged_user(*ACCOUNTS)
        if account:
            for path in (self.directory, self._accounts):
                os.chown(path, account.pw_uid, account.pw_gid)
        process = self._run("mariadb-install-db", "--no-defaults", "--datadir=" + self._data, "--skip-test-db", "--skip-name-resolve")
        if process.wait():
            raise NoMariaDB("mariadb-install-db failed. %s" % self._last_lines())

    def _run(self, program, *arguments):
        with io.open(self._log, "ab") as log:
            return subprocess.Popen(
                (self.programs[program],) + arguments, cwd=self.directory, stdin=log, stdout=log, stderr=subprocess.STDOUT,
                preexec_fn=lambda: detach(*ACCOUNTS), close_fds=True)

    @property
    def _data(self):
        return os.path.join(self.directory, "data")

    @property
    def _accounts(self):
        return os.path.join(self.directory, "accounts.sql")

    @property
    def _log(self):
        return os.path.join(self.directory, "log")

    def _last_lines(self):
        with io.open(self._log, encoding="utf-8", errors="replace") as log:
            return " / ".join(line.strip() for line in log.readlines()[-3:])


def find_program(name):
    path = find_executable(name) or find_executable(name, ELSEWHERE)
    if path is None:
        raise NoMariaDB("There is no %s on PATH. %s" % (name, INSTALL_HINT))
    return path
