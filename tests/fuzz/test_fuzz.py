"""A minute of `make fuzz`, with a random seed, which is printed."""
from __future__ import unicode_literals

import os
import subprocess
import sys

import pytest

from tests.integration.stack import ROOT

SECONDS = 60

pytestmark = pytest.mark.processes


def test_a_minute_of_random_inputs():
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.fuzz", "--seconds", "%d" % SECONDS], cwd=ROOT, env=dict(os.environ),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = process.communicate()
    assert process.returncode == 0, output.decode("utf-8", "replace")
