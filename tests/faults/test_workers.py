# coding: utf-8
"""Faults that a worker survives, and messages that survive a worker."""
from __future__ import unicode_literals

import time

import pytest

from tests.faults.stack import Stack, close_code, comes_to, wait_until
from tests.integration.rounds import rounds

pytestmark = pytest.mark.processes


def test_row_04_a_full_reply_channel_does_not_end_a_worker(stack):
    full = "daphne.response.full!x"
    for number in range(100):
        stack.layer.send(full, {"text": "%d" % number})
    worker = stack.worker()
    stack.layer.send("light", {"n": 1, "flood": full})
    stack.layer.send("light", {"n": 2})
    assert stack.answer() == {"n": 2, "try": 1}
    assert worker.is_alive


def test_row_05_a_close_raised_by_a_consumer_does_not_end_its_worker(stack):
    worker = stack.worker()
    stack.server()
    client = stack.connect("/close")
    client.send("close me")
    assert close_code(client, 5) == 4001
    stack.layer.send("light", {"n": 1})
    assert stack.answer() == {"n": 1, "try": 1}
    assert worker.is_alive


def test_row_06_sigterm_under_load_loses_nothing(start):
    kills, count = rounds(10), 400 * rounds(10)
    stack = start(capacity=100000)
    for number in range(count):
        stack.layer.send("quick", {"n": number})
    # On the stock stack each of them loses a message with a probability of about 0.4.
    for _ in range(kills):
        worker, seen = stack.worker(), len(stack.notes)
        wait_until(lambda: len(stack.notes) > seen + 20)
        worker.end()
    assert len(stack.notes) < count, "The queue was empty before the last worker ended."
    stack.worker()
    comes_to(lambda: len(stack.notes), count)
    lost = set(range(count)) - {int(note.split()[1]) for note in stack.notes}
    assert len(lost) == 0


def test_row_07_messages_of_a_killed_worker_go_to_another(stack):
    victim = stack.worker()
    stack.layer.send("work", {"n": 1, "die": True})
    wait_until(lambda: not victim.is_alive)
    stack.worker()
    assert stack.answer() == {"n": 1, "try": 2}


def test_row_07_expired_messages_are_counted_and_logged(start):
    stack = start(expiry=1)
    worker = stack.worker()
    worker.pause()
    for number in range(3):
        stack.layer.send("light", {"n": number})
    time.sleep(1.1)  # Nothing but time makes them expire.
    stack.layer.send("light", {"n": 3})
    worker.resume()
    assert stack.answer() == {"n": 3, "try": 1}
    assert expired(stack) == 3
    assert "expired" in worker.log


def test_row_07_messages_that_expired_long_ago_are_counted_and_logged(start):
    """Without a worker, and without further messages, until long after the expiry."""
    stack = start(expiry=1)
    for number in range(3):
        stack.layer.send("light", {"n": number})
    time.sleep(3)  # Nothing but time makes them expire.
    worker = stack.worker()
    assert expired(stack) == 3
    assert "expired" in worker.log


def expired(stack):
    return comes_to(lambda: stack.layer.channel_statistics("light").get("expired_count"), 3, within=5)


def test_row_08_a_worker_survives_a_redis_restart(stack):
    worker = stack.worker()
    stack.redis.stop()
    stack.redis.start()
    stack.layer.send("light", {"n": 1})
    assert stack.answer() == {"n": 1, "try": 1}
    assert worker.is_alive


class TestRundelay(object):

    @pytest.fixture(scope="class")
    def delayed(self, tmpdir_factory):
        stack = Stack(str(tmpdir_factory.mktemp("delayed")))
        yield stack
        stack.stop()

    @pytest.fixture
    def delay_worker(self, delayed):
        """A running delay worker; a new one if the last test ended it."""
        if not delayed.processes or not delayed.processes[-1].is_alive:
            delayed.delay_worker()
        return delayed.processes[-1]

    @pytest.mark.parametrize("malformed", [
        {"channel": "answers"},
        {"channel": "answers", "content": {"n": 1}, "delay": "soon"},
        {"channel": "x" * 600, "content": {"n": 1}, "delay": 0},
        {"channel": "no channel's name", "content": {"n": 1}, "delay": 0},
    ], ids=["keys missing", "no number", "too long a name", "no name"])
    def test_row_16_a_malformed_message_does_not_end_rundelay(self, delayed, delay_worker, malformed):
        delayed.layer.send("asgi.delay", malformed)
        delayed.layer.send("asgi.delay", {"channel": "answers", "content": {"n": 2}, "delay": 0})
        assert delayed.answer() == {"n": 2}
        assert delay_worker.status is None


def test_row_18_a_consumer_that_raises_has_sent_nothing(stack):
    stack.worker()
    stack.layer.send("work", {"n": 1, "fails": 1})
    assert stack.answer() == {"n": 1, "try": 2}
