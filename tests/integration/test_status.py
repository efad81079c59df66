"""``chartroomstatus`` beside the example project's processes."""
from __future__ import unicode_literals

import json
import subprocess
import sys

import pytest

from tests.integration.stack import ROOT, wait_until

pytestmark = pytest.mark.processes


def status(running, *options):
    """``(exit status, output)``."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "chartroomstatus"] + list(options), cwd=ROOT, env=running.env, close_fds=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.communicate()[0].decode("utf-8")
    assert running.redis.password not in output
    return process.returncode, output


def codes(running):
    found = json.loads(status(running, "--json")[1])
    return {problem["code"] for problem in found["problems"]}


def test_of_a_running_deployment_and_of_its_faults(stack, room):
    running = stack()
    client = running.connect(room)
    # The interface server's record is renewed every five seconds.
    found = wait_until(
        lambda: [each for each in [json.loads(status(running, "--json")[1])]
                 if [process["sockets"] for process in each["processes"] if process["kind"] == "interface"] == [1]], 20)[0]
    assert found["status"] == "ok" and found["problems"] == []
    pids = {process["pid"] for process in found["processes"]}
    assert pids == {process.pid for process in running.processes.values()}
    exit_status, text = status(running)
    assert exit_status == 0 and text.startswith("OK\n") and "noeviction" in text

    running.kill("pipeline0")
    running.kill("daphne")
    wait_until(lambda: codes(running) == {"no_worker", "no_interface"}, 30)
    assert status(running)[0] == 2

    running.redis.stop()
    exit_status, text = status(running)
    assert exit_status == 2 and "critical: Redis 127.0.0.1:%d/0 does not answer" % running.redis.port in text
    assert client is not None
