"""The databases to measure on: empty, private, with the durability that they have by default."""
from __future__ import unicode_literals

import os
import subprocess
import sys

import dj_database_url
from django.db import connections

from benchmarks import POSTGRESQL, SQLITE
from benchmarks.processes import NAIVE, ROOT, Failed
from scripts.private_postgres import NoPostgres, PrivatePostgres

TITLES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}


class Database(object):
    """``alias``: in this process's Django; ``env``: how the measured processes are told of it."""

    def __init__(self, name, folder):
        self.name = self.alias = name
        self.title = TITLES[name]
        self._server = None
        if name == SQLITE:
            self.url = "sqlite:///" + os.path.join(folder, "benchmarks.sqlite3")
        else:
            self._server, self.url = _start_postgres()
        self.env = dict(os.environ, DATABASE_URL=self.url)

    def prepare(self):
        """Migrates it, and makes it known to this process."""
        env = dict(self.env, DJANGO_SETTINGS_MODULE=NAIVE + ".settings")
        migrate = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"], cwd=ROOT, env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = migrate.communicate()[0]
        if migrate.returncode:
            raise Failed("%s could not be migrated: %s" % (self.title, said.decode("utf-8", "replace").strip()[-500:]))
        connections.databases[self.alias] = dj_database_url.parse(self.url, conn_max_age=600)

    def described(self):
        """Version and durability, as the database itself tells them."""
        ask = self._ask
        if self.name == SQLITE:
            level = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}[ask("PRAGMA synchronous")]
            return "SQLite %s (journal_mode %s, synchronous %s)" % (
                ask("SELECT sqlite_version()"), ask("PRAGMA journal_mode"), level)
        return "PostgreSQL %s (fsync %s, synchronous_commit %s)" % (
            ask("SHOW server_version").split()[0], ask("SHOW fsync"), ask("SHOW synchronous_commit"))

    def _ask(self, question):
        with connections[self.alias].cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]

    def close(self):
        if self.alias in connections.databases:
            connections[self.alias].close()
        if self._server:
            self._server.close()


def _start_postgres():
    try:
        server = PrivatePostgres()
    except NoPostgres as error:
        raise Failed("%s" % error)
    return server, server.create_database("chartroom_benchmarks")
