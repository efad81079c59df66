# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.contrib.messages import get_messages
from django.core.urlresolvers import reverse

from chartroom.models import Later, Room, Timer
from chartroom.sources.timers import later
from tests.sources.timers.clock import Clock, texts, utc

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clock(monkeypatch, layer):
    return Clock(monkeypatch, "2024-05-01 12:00")


def url_of(page, *args):
    return reverse("admin:chartroom_%s" % page, args=args)


def save(admin_client, page, *args, **fields):
    """Post a form; return its errors by field, none if it was saved."""
    response = admin_client.post(url_of(page, *args), {name: value for name, value in fields.items() if value is not None})
    return {} if response.status_code == 302 else dict(response.context["adminform"].form.errors)


def act(admin_client, page, action, *rows):
    response = admin_client.post(
        url_of(page), {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)
    return [str(message) for message in get_messages(response.wsgi_request)] or [
        str(message) for message in response.context["messages"]]


def page_of(admin_client, page, *args):
    response = admin_client.get(url_of(page, *args))
    assert response.status_code == 200
    return response.content.decode("utf-8")


class TestTimer:

    def add(self, admin_client, lobby, **changes):
        return save(admin_client, "timer_add", **dict(
            {"room": lobby.pk, "name": "Cuckoo", "text": "cuckoo", "every": "60", "is_active": "on"}, **changes))

    def change(self, admin_client, timer, **changes):
        return save(admin_client, "timer_change", timer.pk, **dict(
            {"room": timer.room_id, "name": timer.name, "text": timer.text, "every": timer.every, "cron": timer.cron,
             "is_active": "on"}, **changes))

    def test_one_of_seconds_and_one_of_an_expression(self, admin_client, lobby):
        assert self.add(admin_client, lobby) == {} == self.add(admin_client, lobby, every="", cron="0 9 * * *")
        assert [str(timer.next_at) for timer in Timer.objects.order_by("pk")] == [
            "2024-05-01 12:01:00+00:00", "2024-05-02 09:00:00+00:00"]

    @pytest.mark.parametrize("changes, field", [
        ({"every": ""}, "every"), ({"every": "0"}, "every"), ({"every": "31536001"}, "every"), ({"every": "1" * 40}, "every"),
        ({"cron": "0 9 * * *"}, "cron"), ({"every": "", "cron": "0 9 * *"}, "cron"), ({"every": "", "cron": "0 0 30 2 *"}, "cron"),
        ({"text": "  "}, "text"), ({"text": "x" * 4097}, "text"), ({"text": "{date}" * 500}, "text"), ({"room": "999999999"}, "room"),
        ({"name": ""}, "name"),
    ])
    def test_an_invalid_value_is_reported_at_its_field(self, admin_client, lobby, changes, field):
        assert list(self.add(admin_client, lobby, **changes)) == [field]
        assert Timer.objects.count() == 0

    def test_another_interval_plans_it_again_and_another_text_does_not(self, admin_client, lobby, clock):
        self.add(admin_client, lobby)
        timer = Timer.objects.get()
        clock.set("2024-05-01 12:00:30")
        assert self.change(admin_client, timer, text="COCKOO") == {}
        assert Timer.objects.get().next_at == utc("2024-05-01 12:01")
        assert self.change(admin_client, timer, every="90") == {}
        assert Timer.objects.get().next_at == utc("2024-05-01 12:02")

    def test_stopped_and_started_again_from_now_on(self, admin_client, lobby, clock):
        self.add(admin_client, lobby)
        timer = Timer.objects.get()
        assert act(admin_client, "timer_changelist", "stop", timer)[-1] == "1 timers were stopped."
        assert Timer.objects.get().next_at is None
        clock.set("2024-05-01 15:00")
        assert act(admin_client, "timer_changelist", "start", timer) == ["1 timers were started."]
        assert Timer.objects.get().next_at == utc("2024-05-01 15:01")

    def test_a_suspended_one_is_shown_with_its_problem_and_can_not_be_started(self, admin_client, lobby):
        self.add(admin_client, lobby)
        Timer.objects.update(every=None, is_active=False, problem="why it stands still")
        assert "why it stands still" in page_of(admin_client, "timer_changelist")
        assert "why it stands still" in page_of(admin_client, "timer_change", Timer.objects.get().pk)
        complaint, count = act(admin_client, "timer_changelist", "start", Timer.objects.get())
        assert complaint.startswith("Cuckoo: ") and count == "0 timers were started."

    def test_the_form_does_not_list_all_rooms(self, admin_client, lobby):
        Room.objects.bulk_create([Room(namespace="chat", name="room%d" % number) for number in range(50)])
        assert "room49" not in page_of(admin_client, "timer_add")


class TestLater:

    def add(self, admin_client, lobby, **changes):
        return save(admin_client, "later_add", **dict(
            {"room": lobby.pk, "author": "The house", "text": " hello ", "at_0": "2024-05-01", "at_1": "13:00:00"}, **changes))

    def test_one_is_added(self, admin_client, lobby):
        assert self.add(admin_client, lobby) == {} == self.add(admin_client, lobby)
        kept = Later.objects.first()
        assert (kept.author, kept.text, kept.sender, kept.state) == ("The house", "hello", "", Later.WAITING)
        later.send(kept)
        assert texts() == ["hello"]

    @pytest.mark.parametrize("changes, field", [
        ({"at_1": "11:00:00"}, "at"), ({"at_0": "2026-05-01"}, "at"), ({"text": " "}, "text"), ({"text": "x" * 4097}, "text"),
        ({"room": "999999999"}, "room"),
    ])
    def test_an_invalid_value_is_reported_at_its_field(self, admin_client, lobby, changes, field):
        assert list(self.add(admin_client, lobby, **changes)) == [field]
        assert Later.objects.count() == 0

    def test_a_waiting_one_can_be_changed_except_its_author(self, admin_client, lobby):
        kept = later.send_later(lobby, "hello", utc("2024-05-01 13:00"), author="Ann", sender="user:1")
        assert save(admin_client, "later_change", kept.pk, text="good bye", at_0="2024-05-01", at_1="14:00:00", author="Bob") == {}
        kept.refresh_from_db()
        assert (kept.text, kept.at, kept.author, kept.sender) == ("good bye", utc("2024-05-01 14:00"), "Ann", "user:1")

    def test_a_sent_one_can_not(self, admin_client, lobby):
        kept = later.send_later(lobby, "hello", utc("2024-05-01 13:00"))
        later.send(kept)
        assert 'name="text"' not in page_of(admin_client, "later_change", kept.pk)
        save(admin_client, "later_change", kept.pk, text="good bye", at_0="2024-05-01", at_1="14:00:00")
        kept.refresh_from_db()
        assert (kept.text, kept.state) == ("hello", Later.SENT)

    def test_one_that_is_sent_while_its_form_is_saved_stays_sent(self, admin_client, lobby, monkeypatch):
        kept = later.send_later(lobby, "hello", utc("2024-05-01 13:00"))
        move = Later.move

        def sent_before(self, *args, **kwargs):
            later.send(Later.objects.get())
            return move(self, *args, **kwargs)
        monkeypatch.setattr(Later, "move", sent_before)
        save(admin_client, "later_change", kept.pk, text="good bye", at_0="2024-05-01", at_1="14:00:00")
        kept.refresh_from_db()
        assert (kept.text, kept.state) == ("hello", Later.SENT) and texts() == ["hello"]

    def test_waiting_ones_are_cancelled_and_sent_ones_are_not(self, admin_client, lobby):
        waiting, sent = [later.send_later(lobby, text, utc("2024-05-01 13:00")) for text in ("1", "2")]
        later.send(sent)
        assert act(admin_client, "later_changelist", "cancel", waiting, sent) == ["1 messages were cancelled."]
        assert sorted(Later.objects.values_list("text", "state")) == [("1", Later.CANCELLED), ("2", Later.SENT)]

    def test_only_refused_ones_are_retried(self, admin_client, lobby):
        refused, cancelled = [later.send_later(lobby, text, utc("2024-05-01 13:00")) for text in ("1", "2")]
        refused.move(Later.REFUSED, problem="why it was not sent")
        cancelled.move(Later.CANCELLED)
        assert "why it was not sent" in page_of(admin_client, "later_changelist")
        assert act(admin_client, "later_changelist", "try_again", refused, cancelled) == ["1 messages are waiting again."]
        assert sorted(Later.objects.values_list("state", "problem")) == [(Later.CANCELLED, ""), (Later.WAITING, "")]
