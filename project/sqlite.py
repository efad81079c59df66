"""Configures each new SQLite connection."""
from __future__ import unicode_literals

from django.db.backends.signals import connection_created


def configure(sender, connection, **kwargs):
    if connection.vendor != "sqlite":
        return
    cursor = connection.cursor()
    # Migrations of Django 1.8 to 1.10 rename tables. Without this, SQLite since 3.26 changes
    # the foreign keys of other tables to refer to the old table, which is then dropped.
    cursor.execute("PRAGMA legacy_alter_table = ON")
    # Reading history and the pipeline's writes do not block each other.
    cursor.execute("PRAGMA journal_mode = WAL")


connection_created.connect(configure, dispatch_uid="project.sqlite.configure")
