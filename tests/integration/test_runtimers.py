# coding: utf-8
"""Timers and scheduled messages through real processes, which are killed while messages are due."""
from __future__ import unicode_literals

import random
import signal
import time

import pytest

from tests.integration.rounds import rounds
from tests.integration.stack import wait_until

pytestmark = pytest.mark.processes

RUNTIMERS = ["manage.py", "runtimers", "-v", "0"]

SETUP = """
from __future__ import unicode_literals
import time
from datetime import timedelta
from django.utils import timezone
from chartroom.models import ChatMessage, Later, Timer
from chartroom.rooms.store import own_room
from chartroom.sources.timers.later import cancel_later, send_later
clock = own_room("chat", %r)
"""

MAKE_TIMERS = """
for number in range(%d):
    Timer.objects.create(room=clock, name="t%%d" %% number, text="tick {second}", every=1)
"""
STOP_TIMERS = """
for timer in Timer.objects.all():
    timer.is_active = False
    timer.save()
"""
# One every 20 ms, from one second ahead.
MAKE_LATER = """
start = timezone.now() + timedelta(seconds=1)
for number in range(%d):
    send_later(clock, "later %%d" %% number, start + timedelta(milliseconds=20 * number), id="l%%d" %% number)
"""
STORED = """
answer = {
    "messages": [
        [row.seq, row.source, row.sender, row.client_id, row.message, row.data]
        for row in ChatMessage.objects.filter(room=clock).order_by("seq")],
    "later": [[row.client_id, row.state, row.seq] for row in Later.objects.all()],
    "problems": [timer.problem for timer in Timer.objects.exclude(problem="")],
}
"""
COUNT = "answer = ChatMessage.objects.filter(room=clock).count()"
COUNT_DUE = "answer = Timer.objects.filter(next_at__lte=timezone.now()).count()"
CLEAN_UP = "Timer.objects.all().delete(), Later.objects.all().delete()"


class Clock(object):
    """A room of a running stack, to which two ``runtimers`` may be started."""

    def __init__(self, running, room):
        self.running = running
        self.path = room
        self._setup = SETUP % str(room.split("/")[2])
        running.commands.update(runtimers0=RUNTIMERS, runtimers1=RUNTIMERS)

    def connect(self):
        return self.running.connect(self.path)

    def start(self, *names):
        for name in names:
            self.running.start_process(name)

    def run(self, code):
        return self.running.run(self._setup + code)

    @property
    def stored(self):
        return self.run(STORED)

    def wait_until(self, condition, within=10):
        """Like `wait_until`, but polls less often, for a condition that queries the database."""
        wait_until(condition, within, "the message", every=0.2)


@pytest.fixture
def clock(beside, room):
    clock = Clock(beside, room)
    yield clock
    clock.run(CLEAN_UP)


@pytest.fixture
def clock_on_postgresql(stack, database_url, room):
    """On PostgreSQL, without a reader."""
    return Clock(stack(database_url=database_url, server=False, socket_workers=0, pipeline_workers=0), room)


def complaints(clock, name):
    return [line for line in clock.running.log(name).splitlines() if " INFO " not in line]


def seconds_of(due):
    return time.mktime(time.strptime(due, "%Y-%m-%dT%H:%M:%SZ"))


def assert_every_due_time_is_accounted_for(messages):
    """Each timer's due times follow second by second: each was sent once, or counted as missed by the next."""
    assert [message[0] for message in messages] == list(range(1, len(messages) + 1))
    by_sender = {}
    for _, source, sender, id, text, data in messages:
        if source == "timer":
            by_sender.setdefault(sender, []).append((seconds_of(data["due"]), data.get("missed", 0)))
            assert text == "tick %s" % data["due"][-3:-1] and id == "%s.%s" % (
                sender[len("timer:"):], data["due"].replace("-", "").replace(":", ""))
    for sent in by_sender.values():
        for (last, _), (due, missed) in zip(sent, sent[1:]):
            assert due == last + missed + 1
    return by_sender


def test_a_clock_reaches_every_reader_of_its_room(clock):
    reader = clock.connect()
    clock.run(MAKE_TIMERS % 1)
    clock.start("runtimers0")
    reader.until(lambda: len(reader.messages) >= 3)
    assert [message["source"] for message in reader.messages[:3]] == ["timer"] * 3
    assert reader.messages[0]["author"] == "t0" and not reader.gap
    assert_every_due_time_is_accounted_for(clock.stored["messages"])


def assert_one_message_for_one_due_time(clock):
    """Two processes with twenty timers that are due at the same times."""
    clock.start("runtimers0", "runtimers1")
    clock.run(MAKE_TIMERS % 20)
    clock.wait_until(lambda: clock.run(COUNT) >= 20 * rounds(8), 60)
    clock.run(STOP_TIMERS)
    known = clock.stored
    by_sender = assert_every_due_time_is_accounted_for(known["messages"])
    assert len(by_sender) == 20 and known["problems"] == []
    assert complaints(clock, "runtimers0") == complaints(clock, "runtimers1") == []


def test_two_processes_send_each_due_time_once(clock):
    assert_one_message_for_one_due_time(clock)


def test_the_same_on_postgresql(clock_on_postgresql):
    assert_one_message_for_one_due_time(clock_on_postgresql)


def assert_killing_repeats_and_loses_nothing(clock, count, kills):
    clock.run(MAKE_TIMERS % 20 + MAKE_LATER % count)
    clock.start("runtimers0", "runtimers1")
    for number in range(kills):
        name = "runtimers%d" % (number % 2)
        # Django takes a second to start, so some are killed before they have sent a message, and others
        # while they send one: the timers are due at full seconds, and take some time.
        time.sleep(random.uniform(0, 1.5))
        time.sleep(1 - time.time() % 1 + random.uniform(0, 0.2))
        clock.running.kill(name)
        clock.start(name)

    clock.wait_until(lambda: all(state == "sent" for id, state, seq in clock.stored["later"]), 60)
    clock.run(STOP_TIMERS)
    known = clock.stored
    by_id = {id: (seq, text) for seq, source, sender, id, text, data in known["messages"] if source == "later"}
    sent = [message for message in known["messages"] if message[1] == "later"]
    assert len(sent) == len(by_id) == count
    for id, state, seq in known["later"]:
        assert by_id[id] == (seq, "later %s" % id[1:])
    assert len(assert_every_due_time_is_accounted_for(known["messages"])) == 20
    assert known["problems"] == []


def test_killed_repeatedly_they_repeat_and_lose_nothing(clock):
    assert_killing_repeats_and_loses_nothing(clock, rounds(600), rounds(12))


def test_the_same_killing_on_postgresql(clock_on_postgresql):
    assert_killing_repeats_and_loses_nothing(clock_on_postgresql, rounds(400), rounds(8))


def test_of_the_due_times_without_a_process_the_newest_is_sent_and_the_others_counted(clock):
    reader = clock.connect()
    clock.run(MAKE_TIMERS % 1 + "Timer.objects.update(next_at=Timer.objects.get().next_at - timedelta(hours=1))")
    clock.start("runtimers0")
    reader.until(lambda: len(reader.messages) >= 2)
    first, second = reader.messages[:2]
    assert first["data"]["missed"] >= 3598  # created up to two seconds ahead
    assert seconds_of(second["data"]["due"]) == seconds_of(first["data"]["due"]) + second["data"].get("missed", 0) + 1


def test_a_cancel_and_the_sending_have_one_winner(clock):
    clock.start("runtimers0", "runtimers1")
    cancelled = clock.run(MAKE_LATER % 100 + """
answer = {}
for number in range(100):
    due = start + timedelta(milliseconds=20 * number)
    time.sleep(max(0, (due - timezone.now()).total_seconds()))
    answer["l%d" % number] = cancel_later(clock, "l%d" % number).state
""")
    clock.wait_until(lambda: all(state != "waiting" for id, state, seq in clock.stored["later"]))
    known = clock.stored
    assert {id: state for id, state, seq in known["later"]} == cancelled
    assert sorted(message[3] for message in known["messages"]) == sorted(
        id for id, state in cancelled.items() if state == "sent")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_without_an_error(clock, number):
    clock.run(MAKE_TIMERS % 3)
    reader = clock.connect()
    clock.start("runtimers0")
    reader.until(lambda: len(reader.messages) >= 3)
    process = clock.running.processes["runtimers0"]
    process.send_signal(signal.SIGSTOP)
    clock.wait_until(lambda: clock.run(COUNT_DUE) == 3)
    sent = clock.run(COUNT)
    process.send_signal(number)
    process.send_signal(signal.SIGCONT)
    wait_until(lambda: process.poll() is not None, 3, "its end")
    assert process.returncode == 0 and complaints(clock, "runtimers0") == []
    assert clock.run(COUNT) <= sent + 1  # the one in progress
    assert_every_due_time_is_accounted_for(clock.stored["messages"])


def test_it_waits_while_the_database_is_unavailable(clock_on_postgresql, postgres):
    clock = clock_on_postgresql
    clock.run(MAKE_TIMERS % 1)
    clock.start("runtimers0")
    clock.wait_until(lambda: clock.run(COUNT) >= 2)
    postgres.stop(signal.SIGQUIT)
    wait_until(lambda: "trying again in 1 s" in clock.running.log("runtimers0"), 20)
    postgres.start()
    clock.run(MAKE_LATER % 1)
    clock.wait_until(lambda: clock.stored["later"][0][1] == "sent", 30)
    assert clock.running.is_alive("runtimers0") and "Traceback" not in clock.running.log("runtimers0")
    assert_every_due_time_is_accounted_for(clock.stored["messages"])
