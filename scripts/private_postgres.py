"""A PostgreSQL for this process alone: on loopback, behind a password, in a folder that goes with it."""
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
PACKAGED = "/usr/lib/postgresql/*/bin/initdb"  # Debian's, one folder a version, none of them on PATH
HOW_TO_GET_IT = "Install it (Debian: apt install postgresql)."


class NoPostgres(Exception):
    """There is none to start, or it does not start; the text says which, and what to do."""


class PrivatePostgres(object):
    """
    ``url`` is what DATABASE_URL takes; `create_database` gives the url of a further one.

    `stop` and `start` again keep the data, the port and the password; `close`
    ends it for good, and so does the end of this process. Its durability
    settings are PostgreSQL's own: fsync is on.
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
        """Makes a database, an empty one or a copy of another that nobody is connected to; returns its url."""
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
                raise NoPostgres("PostgreSQL did not start. %s" % self._last_words())
            if self.process.poll() is not None:
                # After a kill -9, what is left of the last one stands in the way for a moment.
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
        """Ends the server; SIGINT breaks off its connections, SIGQUIT is a crash that the next start recovers from."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait()

    def close(self):
        if self.owner != os.getpid():  # A fork that ends does not take it along.
            return
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make_cluster(self):
        owner = unprivileged_user()
        password_file = os.path.join(self.directory, "password")
        with io.open(password_file, "wb") as file:
            file.write(self.password.encode("ascii"))
        if owner:
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
            os.chown(password_file, owner.pw_uid, owner.pw_gid)
        # --nosync is about the cluster's making alone.
        process = self._run(
            "initdb", "--pgdata", self._data, "--username=chartroom", "--pwfile", password_file, "--auth=md5",
            "--encoding=UTF8", "--locale=C", "--nosync")
        status = process.wait()
        os.remove(password_file)
        if status:
            raise NoPostgres("initdb failed. %s" % self._last_words())

    def _launch(self):
        self.process = self._run(
            "postgres", "-D", self._data, "-p", "%d" % self.port, "-k", self.directory,
            "-c", "listen_addresses=127.0.0.1")

    def _run(self, program, *arguments):
        with io.open(self._log, "ab") as log:
            return subprocess.Popen(
                (self.programs[program],) + arguments, cwd=self.directory,
                stdin=log, stdout=log, stderr=subprocess.STDOUT, preexec_fn=detach, close_fds=True)

    @property
    def _data(self):
        return os.path.join(self.directory, "data")

    @property
    def _log(self):
        return os.path.join(self.directory, "log")

    def _last_words(self):
        with io.open(self._log, encoding="utf-8", errors="replace") as log:
            return " / ".join(line.strip() for line in log.readlines()[-3:])


def quoted(name):
    return '"%s"' % name.replace('"', '""')


def detach():
    """In the new process: Ctrl-C in a terminal is not for it, and PostgreSQL refuses to run as root."""
    os.setsid()
    owner = unprivileged_user()
    if owner:
        os.setgroups([])
        os.setgid(owner.pw_gid)
        os.setuid(owner.pw_uid)


def unprivileged_user():
    """Who runs it where we are root: Debian's own user for it, or nobody. None where we are not."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def find_programs():
    """{"initdb": path, "postgres": path}: on PATH, or the newest of Debian's."""
    initdb = find_executable("initdb")
    if initdb is None:
        packaged = sorted(glob.glob(PACKAGED), key=version_of)
        if not packaged:
            raise NoPostgres("There is no PostgreSQL server on PATH or under /usr/lib/postgresql. " + HOW_TO_GET_IT)
        initdb = packaged[-1]
    initdb = os.path.realpath(initdb)
    postgres = os.path.join(os.path.dirname(initdb), "postgres")
    if not os.access(postgres, os.X_OK):
        raise NoPostgres("Beside %s there is no postgres to run. %s" % (initdb, HOW_TO_GET_IT))
    return {"initdb": initdb, "postgres": postgres}


def version_of(path):
    return [int(number) for number in re.findall(r"\d+", path)]
