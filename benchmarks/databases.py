"""The databases to measure on: empty, private, with their default durability."""
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
    """``alias``: its alias in this process; ``env``: the environment of the measured processes."""

    def __init__(self, name, folder):
        self.name = self.alias = name
        self.title = TITLES[name]
        self._server = None
        if name == SQLITE:
            self.url = "sqlite:///" + os.path.join(folder, "benchmarks.sqlite3")
        else:
            self._server, self.url = _start_postgres()
        # A load test sends as fast as it can, from one address.
        self.env = dict(os.environ, DATABASE_URL=self.url, RATE_LIMIT="0", LIMITS="0")

    def prepare(self):
        """Migrates it, and registers it in this process. Raises `Failed` when the migration fails."""
        env = dict(self.env, DJANGO_SETTINGS_MODULE=NAIVE + ".settings")
        migrate = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"], cwd=ROOT, env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = migrate.communicate()[0]
        if migrate.returncode:
            raise Failed("%s could not be migrated: %s" % (self.title, output.decode("utf-8", "replace").strip()[-500:]))
        connections.databases[self.alias] = dj_database_url.parse(self.url, conn_max_age=600)

    def described(self):
        """Version and durability, as the database reports them."""
        query = self._query
        if self.name == SQLITE:
            level = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}[query("PRAGMA synchronous")]
            return "SQLite %s (journal_mode %s, synchronous %s)" % (
                query("SELECT sqlite_version()"), query("PRAGMA journal_mode"), level)
        return "PostgreSQL %s (fsync %s, synchronous_commit %s)" % (
            query("SHOW server_version").split()[0], query("SHOW fsync"), query("SHOW synchronous_commit"))

    def _query(self, sql):
        with connections[self.alias].cursor() as cursor:
            cursor.execute(sql)
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
