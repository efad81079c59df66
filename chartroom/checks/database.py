# coding: utf-8
"""SQLite, whose newer versions break the migrations of Django 1.8 to 1.10."""
from __future__ import unicode_literals

import sqlite3

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Warning, register
from django.core.management import CommandError
from django.db import DatabaseError, connections
from django.db.models.signals import pre_migrate

# Since this version, ALTER TABLE … RENAME rewrites the foreign keys that refer to the table.
SQLITE_REWRITES_REFERENCES = (3, 26)

WARNING_ID = "chartroom.W003"
SET_THE_PRAGMA = (
    "Before you migrate, run `PRAGMA legacy_alter_table = ON` in a handler of the signal "
    "django.db.backends.signals.connection_created, as project/sqlite.py does.")


@register("chartroom")
def check_sqlite(app_configs, **kwargs):
    """Migrations of Django 1.8 to 1.10 rename tables, which leaves foreign keys to tables that no longer exist."""
    if sqlite3.sqlite_version_info < SQLITE_REWRITES_REFERENCES:
        return []
    problems = []
    for alias in connections:
        if connections[alias].vendor != "sqlite":
            continue
        try:
            with connections[alias].cursor() as cursor:
                legacy = _is_legacy(cursor)
                dangling = cursor.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%\\_\\_old\"%' ESCAPE '\\'"
                ).fetchall()
        except DatabaseError:
            continue  # A migration or query of this database reports the error.
        if dangling:
            problems.append(Error(
                "The SQLite database %r has foreign keys to tables that no longer exist, in: %s."
                % (alias, ", ".join(sorted(row[0] for row in dangling))),
                hint="It was migrated with SQLite %s and without `PRAGMA legacy_alter_table = ON`. Set the pragma on each "
                     "connection (see the hint of chartroom.W003), and migrate a new database." % sqlite3.sqlite_version,
                id="chartroom.E005",
            ))
        elif not legacy:
            problems.append(Warning(
                "Migrations of this Django version break foreign keys in the SQLite database %r: SQLite %s rewrites "
                "references when a table is renamed." % (alias, sqlite3.sqlite_version),
                hint=SET_THE_PRAGMA,
                id="chartroom.W003",
            ))
    return problems


def connect():
    """`migrate` sends the signal before its first migration, and once for each app."""
    pre_migrate.connect(refuse_to_migrate, sender=apps.get_app_config("chartroom"), dispatch_uid="chartroom.checks.database")


def refuse_to_migrate(using, **kwargs):
    """A warning in the output of `migrate` would come too late: the database has to be replaced afterwards."""
    connection = connections[using]
    if connection.vendor != "sqlite" or sqlite3.sqlite_version_info < SQLITE_REWRITES_REFERENCES:
        return
    if WARNING_ID in settings.SILENCED_SYSTEM_CHECKS:
        return
    with connection.cursor() as cursor:
        if not _is_legacy(cursor):
            raise CommandError(
                "Nothing was migrated: migrations of this Django version break foreign keys in the SQLite database %r, because "
                "SQLite %s rewrites references when a table is renamed. %s (To migrate all the same, add %s to "
                "SILENCED_SYSTEM_CHECKS.)" % (using, sqlite3.sqlite_version, SET_THE_PRAGMA, WARNING_ID))


def _is_legacy(cursor):
    return bool(cursor.execute("PRAGMA legacy_alter_table").fetchone()[0])
