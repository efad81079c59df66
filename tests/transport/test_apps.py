from __future__ import unicode_literals

import os
import subprocess
import sys

from tests.integration.stack import ROOT

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


def test_daphne_is_read_by_runserver_and_by_no_other_process():
    """In a process of its own: this one has read it long since."""
    env = dict(
        os.environ, DJANGO_SETTINGS_MODULE="tests.transport.settings", PYTHONPATH=ROOT, PYTHONWARNINGS="ignore",
        APPS="django.contrib.contenttypes,django.contrib.staticfiles,chartroom.transport,channels")
    subprocess.check_call([sys.executable, "-c", PROGRAM], env=env)
