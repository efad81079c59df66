# coding: utf-8
"""
System checks of a MySQL or MariaDB database: can it store every character, and does it compare names and ids byte by byte?

A database that is unavailable is not reported: the first query does that.
"""
from __future__ import unicode_literals

from django.apps import apps
from django.core.checks import Error, Warning, register
from django.db import Error as AnyDatabaseError
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from chartroom.models import Room, collation

ENGINE = "InnoDB"
ISOLATION = "READ-COMMITTED"
STRICT = ("STRICT_TRANS_TABLES", "STRICT_ALL_TABLES")


@register("chartroom")
def check_mysql(app_configs, **kwargs):
    problems = []
    for alias in connections:
        if collation.applies_to(connections[alias], Room):
            try:
                for check in (check_charset, check_collation, check_engine, check_sql_mode, check_isolation, check_microseconds):
                    problems += check(connections[alias])
            except AnyDatabaseError:
                continue
    return problems


def check_charset(connection):
    problem = collation.charset_problem(connection)
    return [Error(problem[0], hint=problem[1], id="chartroom.E020")] if problem else []


def check_collation(connection):
    statements = collation.alterations(connection, _tables(), _model)
    if not statements:
        return []
    if ("chartroom", collation.MIGRATION) not in MigrationRecorder(connection).applied_migrations():
        # Not an error, because that would prevent the migration.
        return [Warning(
            "The database %r does not compare names and ids byte by byte yet: messages whose ids differ only in case are refused."
            % connection.alias,
            hint="Run `manage.py migrate`.",
            id="chartroom.W021",
        )]
    return [Error(
        "The database %r does not compare names and ids byte by byte, or can't store every character: messages whose ids "
        "differ only in case, or with emoji, are refused." % connection.alias,
        hint="Run in this database: %s;" % "; ".join(statements),
        id="chartroom.E021",
    )]


def check_engine(connection):
    columns = collation.columns_of(connection, _tables())
    wrong = sorted({table for (table, _), column in columns.items() if column.engine != ENGINE})
    if not columns:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@default_storage_engine")
            wrong = [] if cursor.fetchone()[0] == ENGINE else ["new tables"]
    if not wrong:
        return []
    return [Error(
        "The storage engine of %s in the database %r is not %s: without transactions, messages are lost and their numbers repeated."
        % (", ".join(wrong), connection.alias, ENGINE),
        hint="Set default_storage_engine of the server to %s, and run `ALTER TABLE … ENGINE = %s` for tables that exist."
             % (ENGINE, ENGINE),
        id="chartroom.E022",
    )]


def check_sql_mode(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@sql_mode")
        if set(cursor.fetchone()[0].split(",")) & set(STRICT):
            return []
    return [Warning(
        "The SQL mode of the database %r is not strict: it truncates what it can't store, without an error." % connection.alias,
        hint="Add STRICT_TRANS_TABLES to sql_mode of the server.",
        id="chartroom.W020",
    )]


def check_isolation(connection):
    with connection.cursor() as cursor:
        # MySQL 8 and MariaDB have different names for it.
        cursor.execute("SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')")
        levels = {row[1] for row in cursor.fetchall()}
    if levels <= {ISOLATION}:
        return []
    return [Warning(
        "The isolation level of the database %r is %s: a transaction that has read something before it publishes does not see "
        "newer messages, so a retry in it fails; and concurrent transactions wait for each other more often."
        % (connection.alias, ", ".join(sorted(levels))),
        hint='Set "init_command": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED" in the OPTIONS of the database.',
        id="chartroom.W022",
    )]


def check_microseconds(connection):
    if connection.features.supports_microsecond_precision:
        return []
    return [Warning(
        "Django stores times in the database %r without fractions of a second: the server, its version or the driver are too old, "
        "or Django 1.8 misreads the version of MariaDB." % connection.alias,
        hint="Before you migrate, use MySQL 5.6.4 or MariaDB 10.2 or later. With PyMySQL and Django 1.8, correct the version that "
             "the driver reports, as project/mysql.py does.",
        id="chartroom.W023",
    )]


def _tables():
    return [model._meta.db_table for model in apps.get_app_config("chartroom").get_models()]


def _model(name):
    return apps.get_model("chartroom", name)
