# coding: utf-8
"""Timers and messages for later through real processes, which are killed while something falls due."""
from __future__ import unicode_literals

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.integration.stack import ROOT, wait_until

pytestmark = pytest.mark.processes

RUNTIMERS = ["manage.py", "runtimers", "-v", "0"]

SETUP = """
from __future__ import unicode_literals
import json
from datetime import datetime, timedelta
import django
django.setup()
from django.utils import timezone
from chartroom.models import ChatMessage, Later, Room, Timer
from chartroom.sources.timers.later import cancel_later, send_later
from chartroom.store import own_room
clock = own_room("chat", "clock")
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
# Each 20 ms one, from a second ahead on.
MAKE_LATER = """
start = timezone.now() + timedelta(seconds=1)
for number in range(%d):
    send_later(clock, "later %%d" %% number, start + timedelta(milliseconds=20 * number), id="l%%d" %% number)
"""
TELL = """
print(json.dumps({
    "messages": [
        [row.seq, row.source, row.sender, row.client_id, row.message, row.data]
        for row in ChatMessage.objects.order_by("seq")],
    "later": [[row.client_id, row.state, row.seq] for row in Later.objects.all()],
    "problems": [timer.problem for timer in Timer.objects.exclude(problem="")],
}))
"""


def run(running, code):
    return subprocess.check_output([sys.executable, "-c", SETUP + code], cwd=ROOT, env=running.env).decode("utf-8")


def told(running):
    return json.loads(run(running, TELL))


@pytest.fixture
def quiet(stack):
    """``quiet(database_url=…)``: a stack without ``runtimers``, two of which can be started."""
    def start(**options):
        running = stack(**options)
        running.commands.update(runtimers0=RUNTIMERS, runtimers1=RUNTIMERS)
        return running
    return start


def complaints(running, name):
    return [line for line in running.log(name).splitlines() if " INFO " not in line]


def seconds_of(due):
    return time.mktime(time.strptime(due, "%Y-%m-%dT%H:%M:%SZ"))


def assert_every_due_time_is_accounted_for(messages):
    """Each timer's due times follow each other second by second: each said once, or counted as missed by the next."""
    assert [message[0] for message in messages] == list(range(1, len(messages) + 1))
    by_sender = {}
    for _, source, sender, id, text, data in messages:
        if source == "timer":
            by_sender.setdefault(sender, []).append((seconds_of(data["due"]), data.get("missed", 0)))
            assert text == "tick %s" % data["due"][-3:-1] and id == "%s.%s" % (
                sender[len("timer:"):], data["due"].replace("-", "").replace(":", ""))
    for said in by_sender.values():
        for (last, _), (due, missed) in zip(said, said[1:]):
            assert due == last + missed + 1
    return by_sender


def test_a_clock_comes_to_everybody_in_its_room(quiet):
    running = quiet()
    reader = running.connect("/chat/clock/")
    run(running, MAKE_TIMERS % 1)
    running.start_process("runtimers0")
    reader.until(lambda: len(reader.messages) >= 3)
    assert [message["source"] for message in reader.messages[:3]] == ["timer"] * 3
    assert reader.messages[0]["author"] == "t0" and not reader.gap
    assert_every_due_time_is_accounted_for(told(running)["messages"])


def assert_one_message_for_one_due_time(running, reader):
    """Two processes, twenty timers that are due at the same moments."""
    running.start_process("runtimers0")
    running.start_process("runtimers1")
    run(running, MAKE_TIMERS % 20)
    reader.until(lambda: len(reader.messages) >= 160, 60)
    run(running, STOP_TIMERS)
    known = told(running)
    by_sender = assert_every_due_time_is_accounted_for(known["messages"])
    assert len(by_sender) == 20 and known["problems"] == []
    assert complaints(running, "runtimers0") == complaints(running, "runtimers1") == []


def test_two_processes_say_each_due_time_once(quiet):
    running = quiet()
    assert_one_message_for_one_due_time(running, running.connect("/chat/clock/"))


def test_the_same_on_postgresql(quiet, postgres):
    running = quiet(database_url=postgres.create_database("timers"))
    assert_one_message_for_one_due_time(running, running.connect("/chat/clock/"))


def assert_killing_doubles_and_loses_nothing(running, count, kills):
    run(running, MAKE_TIMERS % 20 + MAKE_LATER % count)
    for name in ("runtimers0", "runtimers1"):
        running.start_process(name)
    for number in range(kills):
        name = "runtimers%d" % (number % 2)
        # Django takes a second to start: some are killed before they have said anything. The
        # others, while they say it: the timers are due at full seconds, and take their time.
        time.sleep(random.uniform(0, 1.5))
        time.sleep(1 - time.time() % 1 + random.uniform(0, 0.2))
        running.kill(name)
        running.start_process(name)

    wait_until(lambda: all(state == "sent" for id, state, seq in told(running)["later"]), 60, "the last message")
    run(running, STOP_TIMERS)
    known = told(running)
    by_id = {id: (seq, text) for seq, source, sender, id, text, data in known["messages"] if source == "later"}
    sent = [message for message in known["messages"] if message[1] == "later"]
    assert len(sent) == len(by_id) == count
    for id, state, seq in known["later"]:
        assert by_id[id] == (seq, "later %s" % id[1:])
    assert len(assert_every_due_time_is_accounted_for(known["messages"])) == 20
    assert known["problems"] == []


def test_killed_again_and_again_they_double_and_lose_nothing(quiet):
    assert_killing_doubles_and_loses_nothing(quiet(), 600, 12)


def test_the_same_killing_on_postgresql(quiet, postgres):
    assert_killing_doubles_and_loses_nothing(quiet(database_url=postgres.create_database("killed")), 400, 8)


def test_of_what_was_due_while_nothing_ran_the_newest_is_said_and_the_rest_counted(quiet):
    running = quiet()
    reader = running.connect("/chat/clock/")
    run(running, MAKE_TIMERS % 1 + "Timer.objects.update(next_at=Timer.objects.get().next_at - timedelta(hours=1))")
    running.start_process("runtimers0")
    reader.until(lambda: len(reader.messages) >= 2)
    first, second = reader.messages[:2]
    assert first["data"]["missed"] >= 3598  # made for up to two seconds ahead
    assert seconds_of(second["data"]["due"]) == seconds_of(first["data"]["due"]) + second["data"].get("missed", 0) + 1


def test_a_cancel_and_the_sending_have_one_winner(quiet):
    running = quiet()
    running.start_process("runtimers0")
    running.start_process("runtimers1")
    cancelled = json.loads(run(running, MAKE_LATER % 100 + """
import time
states = {}
for number in range(100):
    due = start + timedelta(milliseconds=20 * number)
    time.sleep(max(0, (due - timezone.now()).total_seconds()))
    states["l%d" % number] = cancel_later(clock, "l%d" % number).state
print(json.dumps(states))
"""))
    known = wait_until(lambda: (lambda known: known if not any(
        state == "waiting" for id, state, seq in known["later"]) else None)(told(running)))
    assert {id: state for id, state, seq in known["later"]} == cancelled
    assert sorted(message[3] for message in known["messages"]) == sorted(
        id for id, state in cancelled.items() if state == "sent")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ends_at_once_and_without_a_complaint(quiet, number):
    running = quiet()
    run(running, MAKE_TIMERS % 3)
    reader = running.connect("/chat/clock/")
    running.start_process("runtimers0")
    reader.until(lambda: len(reader.messages) >= 3)
    began = time.time()
    running.kill("runtimers0", number)
    assert time.time() - began < 3
    assert running.processes["runtimers0"].returncode == 0 and complaints(running, "runtimers0") == []
    assert_every_due_time_is_accounted_for(told(running)["messages"])


def test_while_the_database_is_away_it_waits_and_goes_on(quiet, postgres):
    running = quiet(database_url=postgres.create_database("away"))
    reader = running.connect("/chat/clock/")
    run(running, MAKE_TIMERS % 1)
    running.start_process("runtimers0")
    reader.until(lambda: len(reader.messages) >= 2)
    postgres.stop(signal.SIGQUIT)
    wait_until(lambda: "trying again in 1 s" in running.log("runtimers0"), 20)
    postgres.start()
    run(running, MAKE_LATER % 1)
    wait_until(lambda: told(running)["later"][0][1] == "sent", 30)
    assert running.is_alive("runtimers0") and "Traceback" not in running.log("runtimers0")
    assert_every_due_time_is_accounted_for(told(running)["messages"])
