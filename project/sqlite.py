"""What SQLite needs to carry this project, set on each new connection."""
from __future__ import unicode_literals

from django.db.backends.signals import connection_created


def configure(sender, connection, **kwargs):
    if connection.vendor != "sqlite":
        return
    cursor = connection.cursor()
    # Django 1.8-1.10 migrate by renaming tables; without this, SQLite 3.26+ turns
    # the foreign keys of other tables to the one that is then dropped.
    cursor.execute("PRAGMA legacy_alter_table = ON")
    # Readers of history do not wait for the pipeline's writes, nor it for them.
    cursor.execute("PRAGMA journal_mode = WAL")


connection_created.connect(configure, dispatch_uid="project.sqlite.configure")
