# coding: utf-8
"""Webhooks through real processes: gunicorn, Redis, the interface server."""
from __future__ import unicode_literals

import io
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
from six.moves.http_client import HTTPConnection, HTTPException

from tests.integration.rounds import rounds
from tests.integration.stack import ROOT, wait_until
from tests.sources.webhooks.deliveries import signed_headers

pytestmark = pytest.mark.processes

MANY = rounds(1000)
SENDERS = 8

MAKE = """
from __future__ import unicode_literals
from chartroom.rooms.store import own_room
from chartroom.sources.webhooks import hooks
hook, token = hooks.make_hook(own_room("deploy", "%s"), "ci", signed=%s)
answer = token, hooks.secret_of(hook)
"""

STORED = """
from chartroom.models import ChatMessage
answer = [[row.seq, row.client_id, row.message] for row in ChatMessage.objects.order_by("seq")]
"""


class Hook(object):
    """A webhook of a running stack, and a sender of its deliveries; ``room``: the path of its socket."""

    def __init__(self, running, name, signed=False):
        self.room = "/deploy/%s/" % name
        self.port = running.web_port
        self.token, self.secret = running.run(MAKE % (name, signed))
        self.path = "/hooks/%s/" % self.token

    def deliver(self, payload, headers=(), id=None, port=None, timeout=30):
        """``(status, the answer)``."""
        body = json.dumps(payload) if isinstance(payload, dict) else payload
        sent = {str("Content-Type"): str("application/json")}
        sent.update((str(name), str(value)) for name, value in dict(headers).items())
        if id is not None:
            sent[str("webhook-id")] = str(id)
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        try:
            connection.request(str("POST"), str(self.path), body.encode("utf-8"), sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read().decode("utf-8"))
        finally:
            connection.close()

    def deliver_until_accepted(self, payload, id):
        """Repeats a delivery until it succeeds, as the specification requires."""
        give_up = time.time() + 60
        while time.time() < give_up:
            try:
                status, answer = self.deliver(payload, id=id, timeout=10)
            except (socket.error, HTTPException, ValueError):  # Its worker was killed, perhaps in the middle of the answer.
                status = None
            if status == 200:
                return answer
            assert status in (None, 503), answer
            time.sleep(0.05)
        raise AssertionError("%s was not taken" % id)


def at_once(send, count):
    """``[send(number)]``, by `SENDERS` threads, each in the order of its own numbers."""
    answers = [None] * count

    def work(sender):
        for number in range(sender, count, SENDERS):
            answers[number] = send(number)
    threads = [threading.Thread(target=work, args=(sender,)) for sender in range(SENDERS)]
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    return answers


def assert_stored_once(running, hook, seqs):
    """``seqs[number]`` is the answer to the delivery d<number>. A reader gets exactly these messages, in order."""
    reader = running.connect(hook.room).read_all()
    assert [message["seq"] for message in reader.messages] == list(range(1, len(seqs) + 1))
    assert {message["id"]: message["seq"] for message in reader.messages} == {
        "d%d" % number: seq for number, seq in enumerate(seqs)}
    for sender in range(SENDERS):
        own = seqs[sender::SENDERS]
        assert own == sorted(own)


def workers_of(master):
    """The process ids of gunicorn's workers."""
    with io.open("/proc/%d/task/%d/children" % (master.pid, master.pid)) as children:
        return [int(pid) for pid in children.read().split()]


def test_many_deliveries_eight_at_a_time(shared):
    hook = Hook(shared, "many")
    reader = shared.connect(hook.room)

    def send(number):
        status, answer = hook.deliver({"text": "delivery %d" % number, "status": "ok"}, id="d%d" % number)
        assert (status, answer.get("id")) == (200, "d%d" % number), answer
        return answer["seq"]
    seqs = at_once(send, MANY)

    reader.until(lambda: reader.seq == MANY)
    assert {(message["source"], message["author"], message["data"]["status"]) for message in reader.messages} == {
        ("webhook", "ci", "ok")}
    assert_stored_once(shared, hook, seqs)

    assert [send(number) for number in range(0, MANY, 50)] == seqs[::50]
    assert_stored_once(shared, hook, seqs)


def test_killed_workers_lose_and_repeat_nothing(shared):
    """gunicorn replaces them."""
    hook = Hook(shared, "killed")
    done = []

    def send(number):
        seq = hook.deliver_until_accepted({"text": "delivery %d" % number}, "d%d" % number)["seq"]
        done.append(number)
        return seq

    def kill():
        for _ in range(rounds(6)):
            already = len(done)
            wait_until(lambda: len(done) > already + 20, 30, "progress")
            for pid in workers_of(shared.processes["web"]):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
    killed = []
    killer = threading.Thread(target=kill)
    killer.start()
    seqs = at_once(send, MANY)
    killer.join(60)
    assert len(set(killed)) >= rounds(6)
    assert_stored_once(shared, hook, seqs)


def test_without_redis_a_delivery_is_stored(shared):
    hook = Hook(shared, "api")
    assert hook.deliver({"text": "before"})[1]["seq"] == 1
    shared.redis.stop()
    assert hook.deliver({"text": "during"})[1]["seq"] == 2
    shared.redis.start()
    assert hook.deliver({"text": "after"})[1]["seq"] == 3
    reader = shared.connect(hook.room)
    reader.until(lambda: reader.texts == ["before", "during", "after"])


def test_while_the_database_is_unavailable_a_delivery_is_refused_and_later_accepted(stack, postgres, database_url):
    running = stack(database_url=database_url, server=False, socket_workers=0, pipeline_workers=0, web=True)
    hook = Hook(running, "api")
    assert hook.deliver({"text": "before"}, id="d0")[0] == 200
    postgres.stop()
    assert [hook.deliver({"text": "during"}, id="d1")[0] for _ in range(2)] == [503, 503]
    postgres.start()
    hook.deliver_until_accepted({"text": "during"}, "d1")
    assert running.run(STORED) == [[1, "d0", "before"], [2, "d1", "during"]]


def test_no_log_has_the_token(stack):
    running = stack(
        server=False, socket_workers=0, pipeline_workers=0, web=True, GUNICORN_CMD_ARGS="--access-logfile -", DEBUG="1")
    hook, signed = Hook(running, "api"), Hook(running, "signed", signed=True)
    assert hook.deliver({"text": "a"})[0] == 200
    assert hook.deliver({"text": 5})[0] == 422
    assert hook.deliver({"text": "x" * 70000})[0] == 413
    assert signed.deliver({"text": "a"})[0] == 401
    hook.path += "github"
    assert hook.deliver({"text": "a"})[0] == 404
    wait_until(lambda: running.log("web").count("POST /hooks/***/") == 5, what="the access log")
    for token in (hook.token, signed.token):
        assert token not in running.log("web")


def test_deliveries_through_the_interface_server(stack):
    """Without a WSGI server, where a project opens their path; chunked requests work too."""
    running = stack(HTTP_PATHS="^/hooks/")
    hook = Hook(running, "daphne", signed=True)
    body = '{"text": "发布"}'
    assert hook.deliver(body, signed_headers(hook.secret, body), port=running.port) == (200, {"id": "msg_1", "seq": 1})
    assert hook.deliver(body, port=running.port)[0] == 401
    assert all(hook.token not in running.log(name) for name in running.processes)


def commands():
    """The shell commands of docs/webhooks.md."""
    with io.open(os.path.join(ROOT, "docs", "webhooks.md"), encoding="utf-8") as file:
        return re.findall("^```sh\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number, text, data", [
    (0, "api 1.2.3 is live", {"status": "ok"}), (1, "deploy.done: api 1.2.3", {"type": "deploy.done"}),
])
def test_the_commands_of_the_documentation_work(shared, number, text, data):
    assert len(commands()) == 2
    hook = Hook(shared, "docs%d" % number, signed=number == 1)
    command = commands()[number].replace("127.0.0.1:8000", "127.0.0.1:%d" % shared.web_port)
    command = command.replace("TOKEN", hook.token).replace("SECRET", hook.secret or "")
    answer = json.loads(subprocess.check_output(["sh", "-ec", command]).decode("utf-8"))
    assert answer["seq"] == 1
    [message] = shared.connect(hook.room).read_all().messages
    assert message["text"] == text and dict(message["data"], **data) == message["data"]
