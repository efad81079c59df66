"""A private PostgreSQL server: on loopback, with a password, in a temporary folder."""
from __future__ import unicode_literals

import atexit
import glob
import io
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from distutils.spawn import find_executable

import psycopg2

from scripts.ports import free_port

START_WITHIN = 30  # seconds
ACCOUNTS = ("postgres", "nobody")  # that run the server if this process is root: the first that exists
PACKAGED = "/usr/lib/postgresql/*/bin/initdb"  # Debian: one folder per version, not on PATH
INSTALL_HINT = "Install it (Debian: apt install postgresql)."


class NoPostgres(Exception):
    """PostgreSQL is not installed or does not start; the message states which, and what to do."""


class PrivatePostgres(object):
    """
    ``url`` is a value for DATABASE_URL; `create_database` returns that of another database.

    `stop` and `start` keep the data, the port and the password; `close`, which is
    also called when this process exits, removes them. The durability settings are
    PostgreSQL's defaults: fsync is on.
    """

    def __init__(self, port=None):
        self.programs = find_programs()
        self.port = port or free_port()
        self.password = uuid.uuid4().hex
        self.url = self.url_of("postgres")
        self.directory = tempfile.mkdtemp(prefix="chartroom-postgres-")
        self.process = None
        self.owner = os.getpid()
        atexit.register(self.close)
        try:
            self._make_cluster()
            self.start()
        except BaseException:
            self.close()
            raise

    def url_of(self, database):
        return "postgres://chartroom:%s@127.0.0.1:%d/%s" % (self.password, self.port, database)

    def create_database(self, name, template="template1"):
        """Create a database, as a copy of ``template``, to which nobody may be connected; return its URL."""
        connection = psycopg2.connect(self.url)
        try:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE %s TEMPLATE %s" % (quoted(name), quoted(template)))
        finally:
            connection.close()
        return self.url_of(name)

    def start(self):
        deadline = time.time() + START_WITHIN
        self._launch()
        while not self.answers():
            if time.time() > deadline:
                self.stop()
                raise NoPostgres("PostgreSQL did not start. %s" % self._last_lines())
            if self.process.poll() is not None:
                # After a kill -9, remains of the previous server prevent a start for a moment.
                time.sleep(0.2)
                self._launch()
            time.sleep(0.02)

    def answers(self):
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except psycopg2.Error:
            return False
        return True

    def stop(self, how=signal.SIGINT):
        """Stop the server. SIGINT closes its connections; SIGQUIT is a crash from which the next start recovers."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait()

    def close(self):
        if self.owner != os.getpid():  # A forked process must not stop it at exit.
            return
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make_cluster(self):
        owner = unprivileged_user(*ACCOUNTS)
        password_file = os.path.join(self.directory, "password")
        with io.open(password_file, "wb") as file:
            file.write(self.password.encode("ascii"))
        if owner:
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
            os.chown(password_file, owner.pw_uid, owner.pw_gid)
        # --nosync applies to the creation of the cluster only.
        process = self._run(
            "initdb", "--pgdata", self._data, "--username=chartroom", "--pwfile", password_file, "--auth=md5",
            "--encoding=UTF8", "--locale=C", "--nosync")
        status = process.wait()
        os.remove(password_file)
        if status:
            raise NoPostgres("initdb failed. %s" % self._last_lines())

    def _launch(self):
        self.process = self._run(
            "postgres", "-D", self._data, "-p", "%d" % self.port, "-k", self.directory,
            "-c", "listen_addresses=127.0.0.1")

    def _run(self, program, *arguments):
        with io.open(self._log, "ab") as log:
            return subprocess.Popen(
                (self.programs[program],) + arguments, cwd=self.directory,
                stdin=log, stdout=log, stderr=subprocess.STDOUT, preexec_fn=lambda: detach(*ACCOUNTS), close_fds=True)

    @property
    def _data(self):
        return os.path.join(self.directory, "data")

    @property
    def _log(self):
        return os.path.join(self.directory, "log")

    def _last_lines(self):
        with io.open(self._log, encoding="utf-8", errors="replace") as log:
            return " / ".join(line.strip() for line in log.readlines()[-3:])


def quoted(name):
    return '"%s"' % name.replace('"', '""')


def detach(*accounts):
    """Prepare the new process: Ctrl-C in a terminal must not reach it, and database servers refuse to run as root."""
    os.setsid()
    owner = unprivileged_user(*accounts)
    if owner:
        os.setgroups([])
        os.setgid(owner.pw_gid)
        os.setuid(owner.pw_uid)


def unprivileged_user(*accounts):
    """Return the user that runs the server if this process is root: the first of the accounts that exists. Otherwise return None."""
    if os.getuid() != 0:
        return None
    return next(user for name in accounts for user in pwd.getpwall() if user.pw_name == name)


def find_programs():
    """Return {"initdb": path, "postgres": path}: those on PATH, or Debian's newest."""
    initdb = find_executable("initdb")
    if initdb is None:
        packaged = sorted(glob.glob(PACKAGED), key=version_of)
        if not packaged:
            raise NoPostgres("There is no PostgreSQL server on PATH or under /usr/lib/postgresql. " + INSTALL_HINT)
        initdb = packaged[-1]
    initdb = os.path.realpath(initdb)
    postgres = os.path.join(os.path.dirname(initdb), "postgres")
    if not os.access(postgres, os.X_OK):
        raise NoPostgres("There is no executable postgres next to %s. %s" % (initdb, INSTALL_HINT))
    return {"initdb": initdb, "postgres": postgres}


def version_of(path):
    return [int(number) for number in re.findall(r"\d+", path)]
