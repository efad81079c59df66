"""``chartroomstatus`` beside the example project's processes."""
from __future__ import unicode_literals

import json
import subprocess
import sys

import pytest
from six.moves.urllib.error import HTTPError
from six.moves.urllib.request import Request, urlopen

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


def get(port, path, **headers):
    """``(HTTP status, body)``."""
    try:
        response = urlopen(Request("http://127.0.0.1:%d%s" % (port, path), headers=headers), timeout=15)
    except HTTPError as error:
        response = error
    return response.getcode(), response.read().decode("utf-8")


def test_over_http(stack):
    running = stack(web=True, pipeline_workers=0, METRICS_TOKEN="0123456789abcdef")
    assert get(running.web_port, "/metrics/")[0] == 401
    status, text = get(running.web_port, "/metrics/", Authorization="Bearer 0123456789abcdef")
    assert status == 200 and 'chartroom_redis_up{server="127.0.0.1:%d/0"} 1.0' % running.redis.port in text
    assert running.redis.password not in text
    # The worker may be starting.
    wait_until(lambda: 'chartroom_workers{channel="websocket.connect"} 1.0' in get(
        running.web_port, "/metrics/", Authorization="Bearer 0123456789abcdef")[1], 20)
    ports = running.port, running.web_port
    assert [get(port, "/health/ready")[0] for port in ports] == [200, 200]

    running.redis.stop()
    wait_until(lambda: [get(port, "/health/ready")[0] for port in ports] == [503, 503])
    assert json.loads(get(running.web_port, "/health/ready")[1]) == {"ok": False, "failing": ["redis"]}
    assert [get(port, "/health/live")[0] for port in ports] == [200, 200]


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
