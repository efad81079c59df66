# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from chartroom import publish
from chartroom.errors import FrameError
from chartroom.models import Timer
from chartroom.models.schedule import BadSchedule
from chartroom.sources.timers import timers
from tests.room_socket import Socket
from tests.sources.timers.clock import Clock, messages, texts, utc

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch, "2024-05-01 12:00:00")


@pytest.fixture
def timer(clock, layer, lobby):
    """Every five seconds from 12:00:05 on."""
    return Timer.objects.create(room=lobby, name="Cuckoo", text="cuckoo", every=5)


def again(timer):
    return Timer.objects.get(pk=timer.pk)


def due_now(clock):
    return timers.due(clock.time, 100)


class TestPublished:

    def test_when_it_is_due_and_not_before(self, clock, timer):
        clock.set("2024-05-01 12:00:04")
        assert due_now(clock) == []
        clock.set("2024-05-01 12:00:05")
        assert due_now(clock) == [timer]

    def test_as_a_message_of_its_room(self, clock, timer, layer):
        reader = Socket(layer, "/chat/lobby/").connect()
        clock.set("2024-05-01 12:00:05")
        assert timers.publish_due(timer) == utc("2024-05-01 12:00:10")
        [message] = messages()
        assert (message.message, message.author, message.source, message.sender) == (
            "cuckoo", "Cuckoo", "timer", "timer:%d" % timer.pk)
        assert message.client_id == "%d.20240501T120005Z" % timer.pk
        assert message.data == {"due": "2024-05-01T12:00:05Z"}
        assert len(reader.frames_of("messages")) == 1
        assert again(timer).next_at == utc("2024-05-01 12:00:10") and again(timer).last_at == utc("2024-05-01 12:00:05")

    def test_late_for_the_newest_due_time_with_the_number_of_missed_ones(self, clock, timer):
        clock.set("2024-05-01 13:00:07")
        timers.publish_due(timer)
        [message] = messages()
        assert message.data == {"due": "2024-05-01T13:00:05Z", "missed": 720}
        assert again(timer).next_at == utc("2024-05-01 13:00:10")

    def test_once_by_however_many_processes_that_loaded_it(self, clock, timer):
        seen = [again(timer) for _ in range(3)]
        clock.set("2024-05-01 12:00:05")
        assert [timers.publish_due(each) is not None for each in seen] == [True, False, False]
        assert texts() == ["cuckoo"] and again(timer).problem == ""

    def test_by_a_process_with_an_outdated_row_nothing(self, clock, timer):
        seen = again(timer)
        clock.set("2024-05-01 12:00:05")
        timers.publish_due(timer)
        clock.set("2024-05-01 12:00:20")
        assert timers.publish_due(seen) is None and texts() == ["cuckoo"]

    def test_with_the_write_lock_taken_by_the_first_statement(self, clock, timer):
        clock.set("2024-05-01 12:00:05")
        with CaptureQueriesContext(connection) as queries:
            timers.publish_due(timer)
        first = next(query["sql"] for query in queries if "BEGIN" not in query["sql"])
        assert "UPDATE" in first and "chartroom_timer" in first

    def test_stored_and_advanced_together_or_not_at_all(self, clock, timer, monkeypatch):
        def fail(rows):
            raise OperationalError("the disk has failed")
        clock.set("2024-05-01 12:00:05")
        with monkeypatch.context() as patched:
            patched.setattr(publish, "publish_rows", fail)
            with pytest.raises(OperationalError):
                timers.publish_due(timer)
        assert texts() == [] and again(timer).next_at == utc("2024-05-01 12:00:05")
        assert timers.publish_due(again(timer)) and texts() == ["cuckoo"]

    def test_the_oldest_first_and_no_more_than_the_limit(self, clock, timer, lobby):
        slow = Timer.objects.create(room=lobby, name="Slow", text="slow", every=60)
        clock.set("2024-05-01 12:02:00")
        assert timers.due(clock.time, 100) == [timer, slow] and timers.due(clock.time, 1) == [timer]

    def test_found_by_an_index(self, clock, timer):
        if connection.vendor != "sqlite":
            pytest.skip("reads SQLite's plans")
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN SELECT * FROM chartroom_timer WHERE is_active = 1 AND next_at <= '2024' ORDER BY next_at LIMIT 100")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "USING INDEX" in plan and "SCAN" not in plan and "TEMP B-TREE" not in plan

    def test_in_the_projects_local_time_without_use_tz(self, clock, settings, layer, lobby, monkeypatch):
        settings.USE_TZ, settings.TIME_ZONE = False, "Asia/Shanghai"
        clock.time = utc("2024-05-01 20:00:00").replace(tzinfo=None)
        timer = Timer.objects.create(room=lobby, name="Cuckoo", text="{time}", cron="5 20 * * *")
        assert again(timer).next_at == utc("2024-05-01 20:05:00").replace(tzinfo=None)
        clock.time = utc("2024-05-01 20:05:00").replace(tzinfo=None)
        assert timers.publish_due(again(timer)) == utc("2024-05-02 12:05:00")
        [message] = messages()
        assert message.message == "20:05" and message.data == {"due": "2024-05-01T12:05:00Z"}


class TestText:

    def test_may_contain_the_due_time(self, settings):
        settings.TIME_ZONE = "Asia/Shanghai"
        due = utc("2024-05-01 16:05:07")
        assert timers.filled("It is {time}:{second}, {date}.", due) == "It is 00:05:07, 2024-05-02."

    @pytest.mark.parametrize("text", ["{", "{time", "{0}", "{time.__class__}", "{time!r}", "{ time }", "%s", "{{}}", "{now}"])
    def test_leaves_other_braces_as_they_are(self, text):
        assert timers.filled(text, utc("2024-05-01 12:00")) == text


class TestPlanned:

    def test_from_its_creation(self, timer):
        assert timer.next_at == utc("2024-05-01 12:00:05") and timer.last_at is None

    def test_again_when_its_schedule_changes(self, clock, timer):
        clock.set("2024-05-01 12:10:00")
        timer.every = 60
        timer.save()
        assert again(timer).next_at == utc("2024-05-01 12:11:00")
        timer.every, timer.cron = None, "0 13 * * *"
        timer.save()
        assert again(timer).next_at == utc("2024-05-01 13:00:00")

    def test_not_again_when_its_text_changes_and_the_advanced_due_time_stays(self, clock, timer):
        edited = again(timer)
        clock.set("2024-05-01 12:00:05")
        timers.publish_due(timer)
        edited.text = "COCKOO"
        edited.save()
        assert again(timer).text == "COCKOO"
        assert again(timer).next_at == utc("2024-05-01 12:00:10") and again(timer).last_at == utc("2024-05-01 12:00:05")

    def test_not_while_inactive_and_from_now_on_when_activated(self, clock, timer):
        timer.is_active = False
        timer.save()
        assert again(timer).next_at is None
        clock.set("2024-05-01 15:00:00")
        assert due_now(clock) == []
        timer.is_active = True
        timer.save()
        assert due_now(clock) == [] and again(timer).next_at == utc("2024-05-01 15:00:05")

    def test_not_published_if_deactivated_after_it_was_loaded(self, clock, timer):
        seen = again(timer)
        clock.set("2024-05-01 12:00:05")
        Timer.objects.update(is_active=False)
        assert timers.publish_due(seen) is None and texts() == []

    def test_from_now_on_if_inserted_without_save(self, clock, timer):
        Timer.objects.update(next_at=None)
        timers.plan_new(100)
        assert again(timer).next_at == utc("2024-05-01 12:00:05")

    def test_never_with_an_invalid_schedule(self, timer):
        timer.every = 0
        with pytest.raises(BadSchedule):
            timer.save()
        with pytest.raises(ValidationError) as caught:
            timer.clean()
        assert list(caught.value.message_dict) == ["every"]


class TestSuspended:

    @pytest.fixture(autouse=True)
    def is_due(self, clock, timer):
        clock.set("2024-05-01 12:00:05")

    def assert_suspended(self, clock, timer, caplog, word):
        assert timers.publish_due(again(timer)) is None
        assert texts() == [] and due_now(clock) == []
        assert word in again(timer).problem and word in caplog.text and timer.name in caplog.text
        timers.plan_new(100)
        assert again(timer).next_at is None

    def test_for_a_schedule_that_was_made_invalid_in_sql(self, clock, timer, caplog):
        Timer.objects.update(every=None, cron="every day")
        self.assert_suspended(clock, timer, caplog, "five fields")

    def test_for_a_text_that_can_not_be_sent(self, clock, timer, caplog):
        Timer.objects.update(text=" ")
        self.assert_suspended(clock, timer, caplog, "stripping")

    def test_for_a_deleted_room(self, clock, timer, caplog):
        if connection.vendor != "sqlite":
            pytest.skip("other databases enforce the foreign key")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM chartroom_room")
        self.assert_suspended(clock, timer, caplog, "no longer exists")
        Timer.objects.all().delete()

    @pytest.mark.parametrize("error", [RuntimeError("odd"), DatabaseError("odd"), FrameError("bad_frame", "odd")])
    def test_for_any_error(self, clock, timer, caplog, monkeypatch, error):
        def fail(rows):
            raise error
        monkeypatch.setattr(publish, "publish_rows", fail)
        self.assert_suspended(clock, timer, caplog, "odd")

    def test_until_it_is_saved_again(self, clock, timer, caplog):
        Timer.objects.update(text=" ")
        timers.publish_due(again(timer))
        mended = again(timer)
        mended.text = "cuckoo"
        mended.save()
        assert again(timer).problem == "" and again(timer).next_at == utc("2024-05-01 12:00:10")

    def test_before_it_was_first_planned(self, timer, caplog):
        Timer.objects.update(next_at=None, every=None, cron="no")
        timers.plan_new(100)
        assert "five fields" in again(timer).problem
        caplog.clear()
        timers.plan_new(100)
        assert caplog.records == []
