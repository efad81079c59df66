"""Migrated databases: created once, and copied for each test."""
from __future__ import unicode_literals

import atexit
import os
import shutil
import subprocess
import sys
import tempfile

SQLITE = "chartroom.sqlite3"

_made = []  # the folder with the SQLite file to copy


def migrate(folder, env):
    subprocess.check_call([sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"], cwd=folder, env=env)


def copy_sqlite(root, env, state):
    """Copies a migrated SQLite database into the folder ``state``."""
    if not _made:
        _made.append(tempfile.mkdtemp())
        atexit.register(shutil.rmtree, _made[0], ignore_errors=True)
        migrate(root, dict(env, STATE_DIR=_made[0]))
    shutil.copy(os.path.join(_made[0], SQLITE), state)
