from __future__ import unicode_literals

import subprocess
import sys

from tests.integration.stack import process_env

PROGRAM = """
import newer_python
import sys
import django
django.setup()
assert not [name for name in sys.modules if name.split(".")[0] in ("daphne", "autobahn")]

from django.core import management
runserver = management.load_command_class("django.contrib.staticfiles", "runserver")
from channels.management.commands.runserver import Command
assert isinstance(runserver, Command)
"""


def test_daphne_is_imported_by_runserver_only():
    """In a process of its own, since this one has already imported it."""
    env = process_env(
        "tests.transport.settings", APPS="django.contrib.contenttypes,django.contrib.staticfiles,chartroom.transport,channels")
    subprocess.check_call([sys.executable, "-c", PROGRAM], env=env)
