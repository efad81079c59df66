"""What Django's migrations leave behind on a SQLite that renames tables with their foreign keys (3.26 and later)."""
from __future__ import unicode_literals

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own trap"),
]


def rows(statement):
    cursor = connection.cursor()
    cursor.execute(statement)
    return cursor.fetchall()


def foreign_keys():
    """``[(table, the table that it refers to)]``, of the database that these tests run on: all migrations made it."""
    tables = [name for name, in rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [(table, row[2]) for table in tables for row in rows('PRAGMA foreign_key_list("%s")' % table)]


def test_every_foreign_key_refers_to_a_table_that_is_there():
    tables = {name for name, in rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = foreign_keys()
    assert ("chartroom_chatmessage", "chartroom_room") in found
    assert [key for key in found if key[1] not in tables] == []


def test_no_row_refers_to_one_that_is_not_there():
    assert rows("PRAGMA foreign_key_check") == []
