"""``doctor`` in a deployment with real processes."""
from __future__ import unicode_literals

import subprocess
import sys

import pytest
import redis

from tests.integration.stack import ROOT, Stack

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def stack():
    found = Stack(HTTPS="1").start()
    # The first message of each worker imports modules.
    examine(found)
    yield found
    found.stop()


def examine(stack, **env):
    """The exit status and the output of doctor."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "doctor"], cwd=ROOT, env=dict(stack.env, **env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.communicate()[0].decode("utf-8")
    assert "Traceback" not in output
    return process.returncode, output


def test_it_has_no_complaint_about_a_deployment_that_works(stack):
    status, output = examine(stack)
    assert status == 0, output
    for sentence in (
        "all migrations are applied", "Redis ", "maxmemory-policy noeviction", "the clock of redis://:***@127.0.0.1:",
        "interface processes (rundaphne) with a heartbeat: 1.", "a pipeline worker has answered in ", "a socket worker has answered in ",
    ):
        assert "ok:       " in output and sentence in output, sentence
    assert "problem:" not in output
    assert stack.redis.password not in output


def test_it_stores_nothing_and_logs_nothing(stack):
    examine(stack)
    assert stack.run("from chartroom.models import ChatMessage, Room\nanswer = [Room.objects.count(), ChatMessage.objects.count()]") == [0, 0]
    for name in ("pipeline0", "sockets0"):
        assert "ERROR" not in stack.log(name) and "WARNING" not in stack.log(name)


@pytest.mark.parametrize("name, who, channel, start", [
    ("pipeline0", "pipeline worker", "chat-messages", "--only-channels=chat-messages"),
    ("sockets0", "socket worker", "websocket.recheck", "--only-channels=websocket.*"),
])
def test_it_names_a_process_that_is_missing(stack, name, who, channel, start):
    stack.kill(name)
    try:
        status, output = examine(stack)
    finally:
        stack.start_process(name)
    assert status == 1 and "1 problem." in output
    assert "problem:  no %s has answered within 5 s; messages that wait on %s: 1. Start manage.py runworker %s." % (
        who, channel, start) in output


def test_it_reports_what_the_checks_find(stack):
    status, output = examine(stack, ALLOWED_HOSTS="*")
    assert status == 0 and "note:     chartroom.W004" in output
    status, output = examine(stack, REDIS_URL=stack.redis.url.replace(stack.redis.password, "wrong"))
    assert status == 1 and "problem:  chartroom.E010 Redis refuses" in output and "wrong@" not in output


def test_it_reports_the_memory_policy(stack):
    server = redis.Redis.from_url(stack.redis.url)
    server.config_set("maxmemory-policy", "allkeys-lru")
    try:
        status, output = examine(stack)
    finally:
        server.config_set("maxmemory-policy", "noeviction")
    assert status == 0 and "note:     chartroom.W013" in output


def test_it_reports_a_missing_interface_server(stack):
    server = redis.Redis.from_url(stack.redis.url)
    [name] = server.smembers("asgi:#interfaces#")
    stack.kill("daphne")
    try:
        server.delete(b"asgi:#heartbeat#" + name)
        status, output = examine(stack)
    finally:
        stack.start_process("daphne")
    assert status == 1 and "problem:  no interface process has a heartbeat: start manage.py rundaphne" in output
