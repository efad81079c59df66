# coding: utf-8
"""
MySQL and MariaDB: the columns whose values are compared byte by byte, as in PostgreSQL and SQLite.

By the default collation of these databases, ``Cafe`` and ``café`` are the same name.
"""
from __future__ import unicode_literals

from collections import namedtuple

from django.core.exceptions import ImproperlyConfigured
from django.db import router

VENDOR = "mysql"  # Django's name for both
CHARSET = "utf8mb4"  # the one named utf8 has no characters of four bytes, such as emoji
# The first that the server has. By the last one, an id is equal to the same id with spaces at its end.
COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin", "utf8mb4_bin")
MIGRATION = "0006_byte_by_byte"

# The fields that identify a row, or are compared with what a client sends. All others are texts for people.
FIELDS = {
    "Room": ("namespace", "name"),
    "ChatMessage": ("source", "sender", "client_id"),
    "Feed": ("url_hash",),
    "FeedEntry": ("key", "content_hash"),
    "Hook": ("token_hash",),
    "Later": ("sender", "client_id", "state"),
}

Column = namedtuple("Column", "charset collation engine")


def applies_to(connection, model):
    """Whether the database is one of MySQL or MariaDB that has the model's table, or gets it."""
    return connection.vendor == VENDOR and router.allow_migrate_model(connection.alias, model)


def wrong_charsets(connection):
    """Return {what: charset} of the connection and the database, without those that can store every character."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@character_set_database")
        charsets = cursor.fetchone()
    names = ("the connection", "the connection", "the connection", "the database")
    return {name: charset for name, charset in zip(names, charsets) if charset != CHARSET}


def charset_problem(connection):
    """Return ``(problem, way out)``, or None."""
    wrong = wrong_charsets(connection)
    if not wrong:
        return None
    return (
        "The database %r can't store every character, such as emoji: the character set of %s, not %s."
        % (connection.alias, " and of ".join("%s is %s" % pair for pair in sorted(wrong.items())), CHARSET),
        'Set "charset": "%s" in the OPTIONS of the database, and run `ALTER DATABASE %s CHARACTER SET %s` in it.'
        % (CHARSET, connection.ops.quote_name(connection.settings_dict["NAME"]), CHARSET),
    )


def refuse_other_charsets(apps, schema_editor):
    """For a migration, before it creates a table. Raise `ImproperlyConfigured`."""
    if schema_editor.connection.vendor == VENDOR:
        problem = charset_problem(schema_editor.connection)
        if problem:
            raise ImproperlyConfigured("%s %s" % problem)


def columns_of(connection, tables):
    """Return {(table, column): `Column`} of the text columns of those tables that exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.CHARACTER_SET_NAME, c.COLLATION_NAME, t.ENGINE"
            " FROM information_schema.COLUMNS c JOIN information_schema.TABLES t"
            " ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME"
            " WHERE c.TABLE_SCHEMA = DATABASE() AND c.CHARACTER_SET_NAME IS NOT NULL AND c.TABLE_NAME IN (%s)"
            % ", ".join(["%s"] * len(tables)), tables)
        return {(row[0], row[1]): Column(*row[2:]) for row in cursor.fetchall()}


def fields_by_table(get_model):
    """Return {table: fields that are compared byte by byte}. ``get_model`` returns the model of a name."""
    models = {name: get_model(name) for name in FIELDS}
    return {models[name]._meta.db_table: [models[name]._meta.get_field(field) for field in fields]
            for name, fields in FIELDS.items()}


def best_collation(connection):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COLLATION_NAME FROM information_schema.COLLATIONS WHERE COLLATION_NAME IN (%s, %s, %s)", COLLATIONS)
        there = {row[0] for row in cursor.fetchall()}
    return next(name for name in COLLATIONS if name in there)


def alterations(connection, tables, get_model):
    """Return the statements after which all texts can be stored, and the `FIELDS` are compared byte by byte."""
    columns, fields = columns_of(connection, tables), fields_by_table(get_model)
    collation, quote = best_collation(connection), connection.ops.quote_name
    statements = []
    for table in sorted({table for table, _ in columns}):
        is_converted = any(column.charset != CHARSET for (its_table, _), column in columns.items() if its_table == table)
        if is_converted:
            # A statement of its own, because it would undo the collations that are set in the same one.
            statements.append("ALTER TABLE %s CONVERT TO CHARACTER SET %s" % (quote(table), CHARSET))
        own = [field for field in fields.get(table, ()) if (table, field.column) in columns]
        if own and (is_converted or any(columns[table, field.column].collation not in COLLATIONS for field in own)):
            statements.append("ALTER TABLE %s %s" % (quote(table), ", ".join(
                "MODIFY %s %s CHARACTER SET %s COLLATE %s %s" % (
                    quote(field.column), field.db_type(connection), CHARSET, collation, "NULL" if field.null else "NOT NULL")
                for field in own)))
    return statements


def compare_byte_by_byte(apps, schema_editor):
    """For a migration. Does nothing to tables that are right already."""
    connection = schema_editor.connection
    if connection.vendor != VENDOR:
        return
    refuse_other_charsets(apps, schema_editor)
    tables = [model._meta.db_table for model in apps.get_app_config("chartroom").get_models()]
    for statement in alterations(connection, tables, lambda name: apps.get_model("chartroom", name)):
        schema_editor.execute(statement)
