# coding: utf-8
from __future__ import unicode_literals

from datetime import datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from chartroom import publish
from chartroom.errors import NotPublished
from chartroom.models import Later, Room
from chartroom.sources.timers import later
from chartroom.sources.timers.later import cancel_later, send_later
from tests.room_socket import Socket
from tests.sources.timers.clock import Clock, messages, texts, utc

pytestmark = pytest.mark.django_db(transaction=True)

NOON, ONE = utc("2024-05-01 12:00"), utc("2024-05-01 13:00")


@pytest.fixture
def clock(monkeypatch, layer):
    return Clock(monkeypatch, "2024-05-01 12:00")


@pytest.fixture
def ann(db):
    return get_user_model().objects.create_user("ann")


@pytest.fixture
def anns(clock, ann, lobby):
    """A message of Ann's, due at one o'clock."""
    return send_later(lobby, "hello", ONE, id="a", author="ann", sender="user:%d" % ann.pk)


def refuse(*args):
    return False


def fail(*args):
    raise TypeError("odd")


def fail_for_another_database(*args):
    raise OperationalError("the other one is unavailable")


def refuse_to_send(identity, namespace, name, action):
    return action != "send"


def again(message):
    return Later.objects.get(pk=message.pk)


def code_of(*args, **kwargs):
    before = Later.objects.count()
    with pytest.raises(NotPublished) as caught:
        send_later(*args, **kwargs)
    assert Later.objects.count() == before
    return caught.value.code


class TestStored:

    def test_until_it_is_due(self, clock, lobby):
        kept = send_later("lobby", " hello ", ONE)
        assert (kept.room, kept.text, kept.at, kept.state) == (lobby, "hello", ONE, Later.WAITING)
        assert later.due(ONE - timedelta(seconds=1), 100) == [] and later.due(ONE, 100) == [kept]
        assert texts() == []

    def test_once_for_the_same_id_whatever_its_state(self, clock, anns, ann):
        def once_more(**changes):
            return send_later("lobby", **dict(
                dict(text="hello", at=ONE, id="a", author="ann", sender="user:%d" % ann.pk), **changes))
        assert once_more() == anns
        clock.set("2024-05-01 13:10")
        later.send(anns)
        assert once_more() == anns and once_more().state == Later.SENT and Later.objects.count() == 1
        assert code_of("lobby", "other", ONE, id="a", sender="user:%d" % ann.pk) == "id_reused"
        assert code_of("lobby", "hello", ONE + timedelta(seconds=1), id="a", sender="user:%d" % ann.pk) == "id_reused"

    def test_separately_for_each_sender_of_an_id(self, clock, anns):
        assert send_later("lobby", "other", ONE, id="a", sender="guest:x") != anns

    def test_for_now_if_the_time_has_just_passed(self, clock, lobby):
        assert send_later("lobby", "hello", NOON - timedelta(minutes=2)).at == NOON - timedelta(minutes=2)

    @pytest.mark.parametrize("at", [
        NOON - timedelta(minutes=2, seconds=1), NOON + timedelta(days=366, seconds=1), datetime(2024, 5, 1, 13), None,
        "2024-05-01 13:00",
    ])
    def test_not_for_an_invalid_time(self, clock, at, lobby):
        assert code_of("lobby", "hello", at) == "bad_time"

    @pytest.mark.parametrize("changes, code", [
        ({"text": "  "}, "empty"), ({"text": "x" * 4097}, "too_long"), ({"text": "a\x00b"}, "bad_frame"),
        ({"id": ""}, "bad_frame"), ({"room": "no room"}, "bad_frame"), ({"sender": "x" * 65}, "bad_frame"),
    ])
    def test_not_for_an_invalid_message(self, clock, lobby, changes, code):
        assert code_of(**dict({"room": "lobby", "text": "hello", "at": ONE}, **changes)) == code

    def test_up_to_a_hundred_of_one_sender_and_any_number_without_one(self, clock, lobby):
        Later.objects.bulk_create([
            Later(room=lobby, text="x", at=ONE, sender=sender, client_id="m%d" % number)
            for sender in ("user:1", "") for number in range(100)])
        assert code_of("lobby", "hello", ONE, sender="user:1") == "too_many"
        # Neither those that are no longer waiting, nor a retry of a waiting one, count.
        assert send_later("lobby", "x", ONE, id="m7", sender="user:1").client_id == "m7"
        cancel_later("lobby", "m7", sender="user:1")
        send_later("lobby", "hello", ONE, sender="user:1")

    def test_not_after_cancelling_two_hundred_whose_rows_are_kept(self, clock, lobby):
        for number in range(200):
            send_later("lobby", "x", ONE, id="m%d" % number, sender="user:1")
            cancel_later("lobby", "m%d" % number, sender="user:1")
        assert code_of("lobby", "hello", ONE, sender="user:1") == "too_many"
        send_later("lobby", "hello", ONE, sender="user:2")
        send_later("lobby", "hello", ONE)


class TestSent:

    def test_in_the_name_of_its_sender(self, clock, anns, layer):
        reader = Socket(layer, "/chat/lobby/").connect()
        later.send(anns)
        [message] = messages()
        assert (message.message, message.author, message.sender, message.client_id) == ("hello", "ann", anns.sender, "a")
        assert message.source == "later" and message.seq == again(anns).seq == 1
        assert again(anns).state == Later.SENT and len(reader.frames_of("messages")) == 1

    def test_once_by_however_many_processes_that_loaded_it(self, clock, anns):
        seen = [again(anns) for _ in range(3)]
        for each in seen:
            later.send(each)
        assert texts() == ["hello"]

    def test_with_the_write_lock_taken_by_the_first_statement(self, clock, lobby):
        kept = send_later("lobby", "hello", ONE)
        with CaptureQueriesContext(connection) as queries:
            later.send(kept)
        first = next(query["sql"] for query in queries if "BEGIN" not in query["sql"])
        assert "UPDATE" in first and "chartroom_later" in first

    def test_stored_and_marked_sent_together_or_not_at_all(self, clock, anns, monkeypatch):
        def fail(rows):
            raise OperationalError("the disk is gone")
        with monkeypatch.context() as patched:
            patched.setattr(publish, "publish_rows", fail)
            with pytest.raises(OperationalError):
                later.send(anns)
        assert texts() == [] and again(anns).state == Later.WAITING
        later.send(again(anns))
        assert texts() == ["hello"]

    def test_not_from_an_outdated_row(self, clock, anns):
        seen = again(anns)
        Later.objects.update(text="good bye")
        later.send(seen)
        assert texts() == [] and again(anns).state == Later.WAITING
        Later.objects.update(text="hello", at=ONE + timedelta(hours=1))
        later.send(seen)
        assert texts() == []

    def test_the_oldest_first(self, clock, lobby):
        second, first = send_later("lobby", "2", ONE), send_later("lobby", "1", NOON)
        assert later.due(ONE, 100) == [first, second] and later.due(ONE, 1) == [first]

    def test_found_by_an_index(self, clock, lobby):
        if connection.vendor != "sqlite":
            pytest.skip("reads SQLite's plans")
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " "SELECT * FROM chartroom_later WHERE state = 'waiting' AND at <= '2024' ORDER BY at, id LIMIT 100")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "(state=? AND at<?)" in plan and "SCAN" not in plan


class TestRefused:

    def assert_refused(self, message, caplog, word):
        later.send(message)
        assert texts() == [] and again(message).state == Later.REFUSED
        assert word in again(message).problem and word in caplog.text
        assert message.text not in caplog.text
        assert later.due(ONE, 100) == []

    def test_for_an_inactive_user(self, anns, ann, caplog):
        ann.is_active = False
        ann.save()
        self.assert_refused(anns, caplog, "no longer write")

    def test_for_a_deleted_user(self, anns, ann, caplog):
        ann.delete()
        self.assert_refused(anns, caplog, "no longer write")

    @pytest.mark.parametrize("function", ["refuse", "refuse_to_send"])
    def test_for_a_user_who_may_no_longer_read_or_write(self, anns, settings, caplog, function):
        settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_later.%s" % function
        self.assert_refused(anns, caplog, "no longer write")

    def test_for_a_guest_when_guests_are_no_longer_allowed(self, clock, lobby, settings, caplog):
        kept = send_later("lobby", "hello", ONE, sender="guest:x")
        settings.CHARTROOM_GUESTS = False
        self.assert_refused(kept, caplog, "no longer write")

    def test_not_for_the_project_itself(self, clock, settings):
        settings.CHARTROOM_GUESTS = False
        settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_later.refuse"
        later.send(send_later("api", "deployed", ONE, sender="ci", namespace="deploy"))
        assert texts() == ["deployed"]

    def test_for_a_deleted_room(self, anns, caplog):
        if connection.vendor != "sqlite":
            pytest.skip("other databases enforce the foreign key")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM chartroom_room")
        self.assert_refused(again(anns), caplog, "no longer exists")
        Later.objects.all().delete()

    def test_for_any_error(self, anns, caplog, monkeypatch):
        monkeypatch.setattr(publish, "message_row", fail)
        self.assert_refused(anns, caplog, "TypeError")

    def test_not_if_the_permission_check_fails(self, anns, caplog, settings):
        settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_later.fail"
        assert later.send(anns) is False
        assert again(anns).state == Later.WAITING and "odd" in caplog.text
        settings.CHARTROOM_PERMISSION = None
        assert later.send(anns) and texts() == ["hello"]

    def test_not_if_another_database_is_unavailable(self, anns, caplog, settings):
        settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_later.fail_for_another_database"
        assert later.send(anns) is False
        assert again(anns).state == Later.WAITING and "the other one" in caplog.text

    def test_not_if_its_own_database_is_unavailable_which_raises(self, anns, monkeypatch):
        def away():
            raise OperationalError("away")
        with monkeypatch.context() as patched:
            patched.setattr(connection, "cursor", away)
            with pytest.raises(OperationalError):
                later.send(anns)
        assert again(anns).state == Later.WAITING


class TestDeleted:

    @pytest.mark.parametrize("state, days, is_kept", [
        (Later.SENT, 29, True), (Later.SENT, 31, False), (Later.REFUSED, 31, False),
        (Later.CANCELLED, 6, True), (Later.CANCELLED, 8, False), (Later.WAITING, 400, True),
    ])
    def test_when_it_is_old(self, clock, anns, state, days, is_kept):
        Later.objects.update(state=state, created_at=clock.time)
        clock.time += timedelta(days=days)
        assert later.delete_old() == (not is_kept)
        assert Later.objects.exists() is is_kept

    def test_in_bounded_batches(self, clock, lobby, monkeypatch):
        monkeypatch.setattr(later, "MAX_DELETED", 2)
        for number in range(5):
            send_later("lobby", "%d" % number, ONE)
        Later.objects.update(state=Later.SENT)
        clock.time += timedelta(days=60)
        assert [later.delete_old() for _ in range(4)] == [2, 2, 1, 0]

    def test_a_retry_of_a_sent_one_is_too_late(self, clock, anns):
        later.send(anns)
        clock.time += timedelta(days=31)
        later.delete_old()
        assert code_of("lobby", "hello", ONE, id="a", sender=anns.sender) == "bad_time"

    def test_a_retry_of_a_cancelled_one_is_stored_again(self, clock, lobby):
        def keep():
            return send_later(lobby, "hello", ONE + timedelta(days=60), id="a")
        keep()
        cancel_later("lobby", "a")
        Later.objects.update(created_at=clock.time)
        assert keep().state == Later.CANCELLED
        clock.time += timedelta(days=8)
        later.delete_old()
        assert keep().state == Later.WAITING


class TestCancelled:

    def test_it_is_not_sent(self, clock, anns):
        seen = again(anns)
        assert cancel_later("lobby", "a", sender=anns.sender).state == Later.CANCELLED
        later.send(seen)
        assert texts() == [] and again(anns).state == Later.CANCELLED

    def test_too_late_it_returns_the_state(self, clock, anns):
        later.send(anns)
        cancelled = cancel_later("lobby", "a", sender=anns.sender)
        assert (cancelled.state, cancelled.seq) == (Later.SENT, 1)

    def test_twice_has_the_same_result(self, clock, anns):
        cancel_later("lobby", "a", sender=anns.sender)
        assert cancel_later("lobby", "a", sender=anns.sender).state == Later.CANCELLED

    def test_not_by_another_sender_and_not_in_another_room(self, clock, anns):
        Room.objects.create(namespace="chat", name="other")
        assert cancel_later("lobby", "a", sender="user:0") is None
        assert cancel_later("other", "a", sender=anns.sender) is None
        assert cancel_later("nowhere", "a", sender=anns.sender) is None
        assert again(anns).state == Later.WAITING
