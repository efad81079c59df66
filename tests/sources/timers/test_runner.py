from __future__ import unicode_literals

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from chartroom.models import Timer
from chartroom.sources.timers import later, runner as module, timers
from chartroom.sources.timers.runner import Runner
from tests.sources.timers.clock import Clock, texts, utc

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch, layer):
    return Clock(monkeypatch, "2024-05-01 12:00:00")


def make_timers(room, count, **options):
    return [Timer.objects.create(room=room, name="t%d" % number, text="t%d" % number, **options) for number in range(count)]


def test_it_publishes_what_is_due_of_both_kinds(clock, lobby):
    make_timers(lobby, 1, every=5)
    later.send_later("lobby", "later", utc("2024-05-01 12:00:05"))
    Runner().work()
    assert texts() == []
    clock.set("2024-05-01 12:00:05")
    Runner().work()
    assert sorted(texts()) == ["later", "t0"]


def test_it_wakes_at_the_next_due_time_and_after_a_second_at_most(clock, lobby):
    runner = Runner()
    assert runner.work() == clock.time + timedelta(seconds=1)
    [timer] = make_timers(lobby, 1, every=3600)
    Timer.objects.update(next_at=clock.time + timedelta(seconds=0.4))
    assert runner.work() == clock.time + timedelta(seconds=0.4)
    later.send_later("lobby", "later", clock.time + timedelta(seconds=0.2))
    assert runner.work() == clock.time + timedelta(seconds=0.2)


def test_a_timer_of_every_second_is_on_time(clock, lobby):
    make_timers(lobby, 1, every=1)
    clock.time = utc("2024-05-01 12:00:01") + timedelta(seconds=0.3)
    assert Runner().work() == utc("2024-05-01 12:00:02")


def test_many_are_loaded_in_batches_without_a_pause(clock, lobby, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 10)
    make_timers(lobby, 25, every=3600)
    for number in range(25):
        later.send_later("lobby", "l%d" % number, utc("2024-05-01 13:00:00"))
    clock.set("2024-05-01 13:00:00")
    runner = Runner()
    assert [runner.work() <= clock.time for _ in range(3)] == [True, True, False]
    assert len(set(texts())) == 50


def test_suspended_timers_do_not_delay_others(clock, lobby, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    bad = [timer.pk for timer in make_timers(lobby, 4, every=5)]
    Timer.objects.filter(pk__in=bad).update(text=" ")
    clock.set("2024-05-01 12:00:01")
    Timer.objects.create(room=lobby, name="good", text="good", every=5)
    clock.set("2024-05-01 12:00:06")
    runner = Runner()
    for _ in range(4):
        runner.work()
    assert texts() == ["good"]


def test_it_stops_between_two_messages(clock, lobby, monkeypatch):
    make_timers(lobby, 3, every=5)
    clock.set("2024-05-01 12:00:05")
    runner, publish_due = Runner(), timers.publish_due

    def publish_and_end(timer):
        runner.end()
        return publish_due(timer)
    monkeypatch.setattr(timers, "publish_due", publish_and_end)
    runner.run()
    assert len(texts()) == 1


def test_it_stops_while_it_sleeps(db, layer):
    runner = Runner()
    thread = threading.Timer(0.2, runner.end)
    thread.start()
    began = time.time()
    runner._sleep(30)
    assert time.time() - began < 5
    thread.join()


def test_it_retries_with_growing_pauses_while_the_database_is_unavailable(clock, lobby, monkeypatch, caplog):
    runner, slept, work = Runner(), [], Runner.work

    def fail_seven_times(self):
        if len(slept) < 7:
            raise OperationalError("the server is gone")
        return work(self)

    def sleep(self, seconds):
        slept.append(seconds)
        if len(slept) == 9:
            runner.end()
    monkeypatch.setattr(Runner, "work", fail_seven_times)
    monkeypatch.setattr(Runner, "_sleep", sleep)
    runner.run()
    assert slept[:7] == [0.5, 1, 2, 4, 8, 15, 15] and slept[7] <= 1
    assert caplog.text.count("the server is gone") == 7


def test_an_idle_run_makes_three_queries(clock, lobby):
    make_timers(lobby, 5, every=3600)
    runner = Runner()
    runner.work()
    with CaptureQueriesContext(connection) as queries:
        runner.work()
    assert len(queries) == 3


def test_a_failing_permission_check_delays_no_other_message(clock, lobby, settings, monkeypatch):
    settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_runner.fails_for_guests"
    settings.CHARTROOM_GUESTS = True
    monkeypatch.setattr(module, "BATCH", 2)
    asked[:] = []
    for number in range(3):
        later.send_later("lobby", "guest's", utc("2024-05-01 12:01"), sender="guest:%d" % number)
    later.send_later("lobby", "the project's", utc("2024-05-01 12:02"))
    clock.set("2024-05-01 12:03")
    runner = Runner()
    for _ in range(4):
        runner.work()
    assert texts() == ["the project's"] and len(asked) == 3
    clock.time += timedelta(seconds=31)
    settings.CHARTROOM_PERMISSION = None
    for _ in range(4):
        runner.work()
    assert texts() == ["the project's"] + ["guest's"] * 3


def test_with_too_many_held_nothing_is_sent_until_the_first_hold_ends(clock, lobby, settings, monkeypatch):
    settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_runner.fails_for_guests"
    settings.CHARTROOM_GUESTS = True
    monkeypatch.setattr(module, "MAX_HELD", 3)
    asked[:] = []
    for number in range(5):
        later.send_later("lobby", "guest's", utc("2024-05-01 12:01"), sender="guest:%d" % number)
    clock.set("2024-05-01 12:03")
    runner = Runner()
    for _ in range(3):
        assert runner.work() == clock.time + timedelta(seconds=1)
    assert len(asked) == 3
    clock.time += timedelta(seconds=31)
    runner.work()
    assert len(asked) == 6


asked = []


def fails_for_guests(identity, namespace, name, action):
    asked.append(identity)
    raise IOError("LDAP is unavailable")


def test_old_rows_are_deleted_periodically(clock, lobby, monkeypatch):
    calls = []
    monkeypatch.setattr(later, "delete_old", lambda: calls.append(clock.time) or 0)
    runner = Runner()
    for minutes in (0, 30, 61, 62):
        clock.time = utc("2024-05-01 12:00:00") + timedelta(minutes=minutes)
        runner.work()
    assert [int((at - calls[0]).total_seconds() // 60) for at in calls] == [0, 61]
