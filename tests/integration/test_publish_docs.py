# coding: utf-8
"""Runs the examples of ``docs/publish.md``, each in a process of its kind."""
from __future__ import unicode_literals

import io
import os
import re
import signal
import subprocess
import sys

import pytest

from tests.integration.stack import ROOT, wait_until

with io.open(os.path.join(ROOT, "docs", "publish.md"), encoding="utf-8") as file:
    EXAMPLES = dict(re.findall(r"^```python (\w+)\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL))

VIEW = """
from django.test import RequestFactory
for _ in range(2):
    assert pay(RequestFactory().post("/pay/", {"order": "17"})).content == b"Thank you."
"""
SAVING = """
user = get_user_model().objects.create(username="Ann")
user.save()
"""


@pytest.fixture
def run(shared):
    """Runs Python code in a process of its own, in the project."""
    def run(code):
        subprocess.check_call(
            [sys.executable, "-c", "import newer_python, django; django.setup()\n" + code], cwd=ROOT, env=shared.env)
    return run


def broker(stack, folder):
    """The URL of a broker: Redis, or files in a folder if the installed Celery does not support this redis-py."""
    if sys.version_info < (3, 7):
        return stack.env["REDIS_URL"]
    folder.mkdir("data_in")
    folder.join("data_out").mksymlinkto("data_in")  # the sender's output is the worker's input
    return "filesystem://"


def texts_in(client, count):
    return client.until(lambda: len(client.messages) >= count).texts


@pytest.mark.processes
class TestExamples:

    def test_are_all_run(self):
        assert set(EXAMPLES) == {"shell", "view", "on_save", "celery"}

    def test_a_shell(self, shared, run):
        client = shared.connect("/chat/lobby/")
        run(EXAMPLES["shell"])
        client.until(lambda: "The backup is done." in client.texts)

    def test_a_view_called_twice(self, shared, run):
        client = shared.connect("/chat/orders/")
        run(EXAMPLES["view"] + VIEW)
        shared.run("from chartroom.publish import publish; publish('orders', 'the last')")
        assert texts_in(client, 2) == ["Order 17 is paid.", "the last"]

    def test_a_saved_row(self, shared, run):
        client = shared.connect("/chat/people/")
        run(EXAMPLES["on_save"] + SAVING)
        shared.run("from chartroom.publish import publish; publish('people', 'the last')")
        assert texts_in(client, 2) == ["Ann is here.", "the last"]

    def test_a_celery_task(self, shared, tmpdir):
        client = shared.connect("/chat/reports/")
        tmpdir.join("tasks.py").write_text(EXAMPLES["celery"], "utf-8")
        env = dict(shared.env, PYTHONPATH=os.pathsep.join([str(tmpdir), ROOT]), BROKER_URL=broker(shared, tmpdir))
        log = tmpdir.join("log")
        with log.open("wb") as output:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "prefork", "--concurrency", "1", "--loglevel", "info"],
                cwd=str(tmpdir), env=env, stdout=output, stderr=output)
        try:
            twice = "import tasks; tasks.report.delay('2016'); tasks.report.delay('2016')"
            subprocess.check_call([sys.executable, "-c", twice], cwd=str(tmpdir), env=env)
            wait_until(lambda: log.read().count("succeeded in") + log.read().count("raised") >= 2, 30, "two tasks")
            assert texts_in(client, 1) == ["The report 2016 is ready."], log.read()
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait()
