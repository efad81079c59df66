"""Runs a test's code inside the project: in one long-lived process, because Django takes half a second to start."""
from __future__ import unicode_literals

import json
import subprocess
import sys

PROGRAM = """
import newer_python
import json, sys, traceback
import django
django.setup()
from django.db import connections
for line in iter(sys.stdin.readline, ""):
    names = {}
    try:
        exec(json.loads(line), names)
        answer = {"answer": names.get("answer")}
    except Exception:
        answer = {"failure": traceback.format_exc()}
    connections.close_all()
    sys.stdout.write(json.dumps(answer) + "\\n")
    sys.stdout.flush()
"""


class Shell(object):
    """``env``: the environment of the stack's processes."""

    def __init__(self, folder, env):
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=folder, env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=True)

    def run(self, code):
        """Runs Python code; returns the value of its variable ``answer``, which must be JSON-serializable."""
        self._process.stdin.write((json.dumps(code) + "\n").encode("ascii"))
        self._process.stdin.flush()
        result = json.loads(self._process.stdout.readline().decode("ascii"))
        assert "failure" not in result, result["failure"]
        return result["answer"]

    def end(self):
        self._process.communicate()
