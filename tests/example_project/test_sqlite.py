"""The foreign keys after the migrations, on an SQLite that changes them when a table is renamed (since 3.26)."""
from __future__ import unicode_literals

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="only a problem of SQLite"),
]


def rows(statement):
    cursor = connection.cursor()
    cursor.execute(statement)
    return cursor.fetchall()


def foreign_keys():
    """Return ``[(table, the table that it refers to)]`` of the test database, which all migrations have created."""
    tables = [name for name, in rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [(table, row[2]) for table in tables for row in rows('PRAGMA foreign_key_list("%s")' % table)]


def test_every_foreign_key_refers_to_an_existing_table():
    tables = {name for name, in rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = foreign_keys()
    assert ("chartroom_chatmessage", "chartroom_room") in found
    assert [key for key in found if key[1] not in tables] == []


def test_every_row_refers_to_existing_rows():
    assert rows("PRAGMA foreign_key_check") == []
