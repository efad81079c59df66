"""
A minute of `make fuzz`. Its inputs are the same in each run, so that a commit fails by its own faults: `make fuzz` has others.
"""
from __future__ import unicode_literals

import os
import subprocess
import sys

import pytest

from tests.integration.stack import ROOT

SECONDS = 60
SEED = 20075  # found the seventh fault: a handshake whose path was not ASCII logged a traceback

pytestmark = pytest.mark.processes


def test_a_minute_of_random_inputs():
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.fuzz", "--seconds", "%d" % SECONDS, "--seed", "%d" % SEED], cwd=ROOT, env=dict(os.environ),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = process.communicate()
    assert process.returncode == 0, output.decode("utf-8", "replace")
