# coding: utf-8
"""``runworker`` as a process of its own, on a real Redis."""
from __future__ import unicode_literals

import pytest
import redis
import websocket
from django.core.management import CommandError, call_command

from chartroom.transport.layers import RedisChannelLayer
from tests.integration.rounds import rounds
from tests.integration.stack import wait_until
from tests.transport.processes import end
from tests.transport.test_rundaphne import read

pytestmark = pytest.mark.processes


@pytest.fixture
def workers(running):
    return running


@pytest.fixture(scope="module")
def shared(lasting):
    lasting.worker = lasting.start()
    return lasting


@pytest.fixture
def working(shared):
    """A worker, shared with the other tests."""
    redis.Redis.from_url(shared.redis.url).flushall()
    yield shared
    shared.clean_up(keep=1)


class TestKilled:

    def test_repeatedly_under_load_loses_nothing(self, workers):
        steady, count = workers.start(), 0
        for _ in range(rounds(3)):
            victim, seen = workers.start(), len(workers.notes)
            for number in range(count, count + 100):
                workers.layer.send("work", {"n": number, "sleep": 0.01})
            count += 100
            wait_until(lambda: len(workers.notes) > seen + 20)
            victim.kill()
        wait_until(lambda: set(workers.ended()) == set(range(count)), 30, "all of them")
        assert steady.poll() is None


class TestSigterm:

    @pytest.mark.parametrize("channel", ["work", "light"])
    def test_under_load_loses_nothing(self, workers, channel):
        for number in range(400):
            workers.layer.send(channel, {"n": number, "sleep": 0.002})
        for _ in range(rounds(6)):
            worker, seen = workers.start(), len(workers.notes)
            wait_until(lambda: len(workers.notes) > seen + 10)
            assert end(worker) == 0 and "Traceback" not in workers.log(worker)
        workers.start()
        wait_until(lambda: len(workers.ended()) >= 400, 30, "all of them")
        assert sorted(workers.ended()) == list(range(400))

    def test_finishes_the_current_message(self, workers):
        worker = workers.start()
        workers.layer.send("light", {"n": 1, "sleep": 1})
        workers.until("begin 1")
        assert end(worker) == 0
        assert workers.ended() == [1]

    def test_ends_an_idle_worker(self, workers):
        assert end(workers.start(), 5) == 0


class TestSurvives:

    def test_a_redis_restart(self, working):
        working.layer.send("light", {"n": 1})
        working.until("end 1")
        working.redis.stop()
        wait_until(lambda: "Redis does not answer" in working.log(working.worker))
        working.redis.start()
        working.layer.send("light", {"n": 2})
        working.until("end 2")
        assert working.worker.poll() is None

    def test_a_full_reply_channel(self, working):
        full = RedisChannelLayer(hosts=working.layer.hosts, capacity=5000)
        for number in range(5000):
            full.send("daphne.response.full!x", {"text": "%d" % number})
        working.layer.send("light", {"n": 1, "flood": "daphne.response.full!x"})
        working.layer.send("light", {"n": 2})
        working.until("end 2")
        wait_until(lambda: "could not be delivered" in working.log(working.worker))
        assert working.worker.poll() is None

    def test_a_close_raised_by_a_consumer(self, working):
        working.layer.send("light", {"n": 1, "close": True, "reply_channel": "daphne.response.x!y"})
        reply = wait_until(lambda: working.layer.receive(["daphne.response.x!"])[1])
        assert reply == {"close": 4001}
        working.layer.send("light", {"n": 2})
        working.until("end 2")
        assert working.worker.poll() is None


class TestThatTakesTooLong:

    @pytest.fixture
    def quick(self, workers):
        """A worker that may spend half a second on a message."""
        worker = workers.start(WORKER_SECONDS="0.5")
        workers.worker = worker
        return workers

    def test_is_interrupted_and_the_next_message_is_handled(self, quick):
        quick.layer.send("light", {"n": 1, "forever": True})
        quick.layer.send("light", {"n": 2})
        quick.until("end 2")
        log = quick.log(quick.worker)
        assert "Interrupted the consumer of light: a message of light took longer than 0.5 s" in log
        assert quick.worker.poll() is None and quick.ended() == [2]

    def test_on_a_durable_channel_becomes_a_dead_letter(self, quick):
        quick.layer.send("work", {"n": 1, "forever": True})
        quick.layer.send("work", {"n": 2})
        quick.until("end 2")
        wait_until(lambda: len(quick.layer.dead_letters.read("work")) == 1)
        assert quick.notes.count("begin 1") == 5

    def test_has_its_socket_closed_and_others_are_answered(self, quick):
        quick.start_server()
        stuck, other = quick.connect(), quick.connect()
        assert [stuck.recv(), other.recv()] == ["welcome", "welcome"]
        stuck.send("forever")
        assert read(stuck) == ("close", 1011)
        other.send("hello")
        assert other.recv() == "echo hello"

    def test_at_a_connect_is_refused(self, quick):
        quick.start_server()
        with pytest.raises(websocket.WebSocketException):
            quick.connect("/forever/")
        assert quick.connect().recv() == "welcome"

    def test_does_not_hold_up_the_workers_end(self, quick):
        quick.layer.send("light", {"n": 1, "forever": True})
        quick.until("begin 1")
        assert end(quick.worker) == 0


class TestConsumeLater:

    @pytest.mark.parametrize("how", ["later", "exit"])
    def test_retries_and_loses_nothing(self, working, how):
        working.layer.send("work", {"n": 1, how: True})
        wait_until(lambda: working.notes.count("begin 1") == 5)
        wait_until(lambda: len(working.layer.dead_letters.read("work")) == 1)


class TestPoison:

    def test_does_not_block_the_queue_and_becomes_a_dead_letter(self, working):
        working.layer.send("work", {"n": 1, "fail": True})
        working.layer.send("work", {"n": 2})
        working.until("end 2")
        wait_until(lambda: working.notes.count("begin 1") == 5)
        wait_until(lambda: len(working.layer.dead_letters.read("work")) == 1)
        assert "'fail': True" in working.layer.dead_letters.read("work")[0]

    def test_is_replayed_and_dropped(self, workers):
        dead = workers.layer.dead_letters
        for number in (1, 2):
            workers.layer.send("work", {"n": number})
        for _ in range(5):
            for _ in (1, 2):
                workers.layer.receive(["work"])
            workers.layer.in_flight.requeue()
        assert len(dead.read("work")) == 2
        assert dead.replay("work") == 2
        assert [workers.layer.receive(["work"])[1]["n"] for _ in (1, 2)] == [1, 2]
        assert dead.read("work") == [] and dead.drop("work") == 0


def test_threads_are_refused_with_a_reason():
    with pytest.raises(CommandError) as refused:
        call_command("runworker", threads=4)
    assert "--threads is not supported" in str(refused.value)


@pytest.mark.parametrize("option", ["--only-channels=wrok", "--exclude-channels=*"])
def test_without_a_channel_it_exits_with_a_reason(workers, option):
    worker = workers.start(option)
    assert worker.wait() == 1
    assert option + ": no channel is left to receive from. The routing has: " in workers.log(worker)
    assert "work" in workers.log(worker) and "Listening" not in workers.log(worker)


def test_with_one_channel_left_it_listens(workers):
    assert workers.start("--only-channels=wor?").poll() is None
