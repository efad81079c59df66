# coding: utf-8
from __future__ import unicode_literals

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.urlresolvers import reverse
from django.db import OperationalError
from django.test import Client
from django.utils.http import urlquote

from chartroom.models import Later, Room
from chartroom.sources.timers import later
from tests.sources.timers.clock import Clock, texts, utc
from tests.sources.timers.test_later import refuse, refuse_to_send  # noqa: F401, named in settings

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = {"id": "a", "text": "hello", "at": "2024-05-01T15:00:00+02:00"}
ADDRESS = "/chat/lobby/later/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, layer):
    return Clock(monkeypatch, "2024-05-01 12:00")


@pytest.fixture
def ann(clock):
    user = get_user_model().objects.create_user("ann")
    client = Client()
    client.force_login(user) if hasattr(client, "force_login") else log_in(client, user)
    client.sender = "user:%d" % user.pk
    return client


def log_in(client, user):
    """Django 1.8's client has no ``force_login``."""
    user.set_password("secret")
    user.save()
    assert client.login(username=user.username, password="secret")


@pytest.fixture
def bob(clock):
    """A guest."""
    client = Client()
    client.post("/chat/lobby/", {"name": "Bob"})
    return client


def post(client, address=ADDRESS, body=None, **changes):
    content = json.dumps(dict(HELLO, **changes)) if body is None else body
    return client.post(address, content, content_type="application/json")


def answer(response):
    return response.status_code, json.loads(response.content.decode("utf-8"))


def code_of(response):
    status, content = answer(response)
    assert set(content) == {"error"} and content["error"]["detail"]
    return status, content["error"]["code"]


def cancel(client, id="a", room="lobby"):
    return client.post("/chat/%s/later/%s/cancel/" % (room, urlquote(id, safe="")))


def listed(client):
    status, content = answer(client.get(ADDRESS))
    assert status == 200
    return [message["id"] for message in content["later"]]


class TestStored:

    def test_it_waits_until_it_is_due(self, ann):
        assert answer(post(ann)) == (201, {
            "id": "a", "text": "hello", "at": "2024-05-01T13:00:00.000Z", "state": "waiting"})
        kept = Later.objects.get()
        assert (kept.room.name, kept.author, kept.sender, kept.at) == ("lobby", "ann", ann.sender, utc("2024-05-01 13:00"))
        later.send(kept)
        assert texts() == ["hello"]

    def test_a_retry_is_harmless(self, ann, clock):
        post(ann)
        assert answer(post(ann))[0] == 200 and Later.objects.count() == 1
        clock.set("2024-05-01 14:00")
        later.send(Later.objects.get())
        status, content = answer(post(ann))
        assert (status, content["state"], content["seq"]) == (200, "sent", 1)

    def test_a_guest_with_a_name_may_too(self, bob):
        assert post(bob).status_code == 201 and Later.objects.get().author == "Bob"

    def test_a_room_of_any_script(self, ann):
        assert post(ann, "/chat/%s/later/" % urlquote("聊天室")).status_code == 201

    def test_the_urls_can_be_reversed(self):
        assert reverse("sources:later", args=["lobby"]) == ADDRESS
        assert reverse("sources:cancel_later", args=["lobby", "a"]) == ADDRESS + "a/cancel/"


class TestRefused:

    @pytest.fixture(autouse=True)
    def nothing_is_kept(self, clock):
        yield
        assert Later.objects.count() == 0

    @pytest.mark.parametrize("at", [
        None, "", "soon", 5, [], "2024-05-01T13:00:00", "2024-13-01T13:00:00Z", "2024-05-01T11:57:59Z",
        "2025-06-01T12:00:00Z", "0001-01-01T00:00:00+14:00", "2024-05-01 25:00Z",
    ])
    def test_an_invalid_time(self, ann, at):
        assert code_of(post(ann, at=at)) == (422, "bad_time")

    @pytest.mark.parametrize("changes, expected", [
        ({"text": "  "}, (422, "empty")), ({"text": "x" * 4097}, (422, "too_long")), ({"text": None}, (400, "bad_frame")),
        ({"text": "\ud800"}, (400, "bad_frame")), ({"id": None}, (400, "bad_frame")), ({"id": "x" * 65}, (400, "bad_frame")),
    ])
    def test_an_invalid_message(self, ann, changes, expected):
        assert code_of(post(ann, **changes)) == expected

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 60000, b'"' + b"x" * 70000])
    def test_a_body_that_is_not_a_json_object_or_is_too_large(self, ann, body):
        assert code_of(post(ann, body=body)) in [(400, "bad_frame"), (422, "too_long")]

    def test_a_visitor_without_a_name(self, client):
        assert code_of(post(client)) == (401, "log_in")
        assert code_of(client.get(ADDRESS)) == (401, "log_in")
        assert code_of(cancel(client)) == (401, "log_in")

    def test_an_id_that_no_database_can_store(self, ann):
        assert code_of(cancel(ann, "\x00")) == (400, "bad_frame")

    def test_a_guest_when_guests_are_not_allowed(self, bob, settings):
        settings.CHARTROOM_GUESTS = False
        assert code_of(post(bob)) == (401, "log_in")

    def test_a_user_who_may_not_read_or_write(self, ann, settings):
        settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_views.refuse"
        assert code_of(post(ann)) == (403, "forbidden") == code_of(ann.get(ADDRESS))
        settings.CHARTROOM_PERMISSION = "tests.sources.timers.test_views.refuse_to_send"
        assert code_of(post(ann)) == (403, "forbidden") and listed(ann) == []

    def test_in_a_room_that_may_not_be_created(self, ann, settings):
        settings.CHARTROOM_OPEN_ROOMS = False
        assert code_of(post(ann)) == (404, "not_found")

    def test_a_cross_site_request(self, ann):
        stranger = Client(enforce_csrf_checks=True)
        stranger.cookies = ann.cookies
        assert post(stranger).status_code == 403

    def test_other_methods(self, ann):
        response = ann.delete(ADDRESS)
        assert code_of(response) == (405, "method_not_allowed") and response["Allow"] == "GET, POST"
        assert code_of(ann.get(ADDRESS + "a/cancel/")) == (405, "method_not_allowed")

    def test_while_the_database_is_unavailable(self, ann, monkeypatch):
        def fail(*args):
            raise OperationalError("away")
        monkeypatch.setattr(later, "keep", fail)
        response = post(ann)
        assert code_of(response) == (503, "busy") and response["Retry-After"] == "5"


def test_another_message_with_a_used_id_is_refused(ann):
    post(ann)
    assert code_of(post(ann, text="other")) == (409, "id_reused")
    assert Later.objects.get().text == "hello"


def test_more_than_the_rate_allows(ann, settings):
    settings.CHARTROOM_RATE_LIMIT = "2/h"
    assert [post(ann, id=id).status_code for id in "abc"] == [201, 201, 429]
    response = post(ann, id="d")
    assert code_of(response) == (429, "rate_limited") and 0 < int(response["Retry-After"]) <= 3600


def test_more_than_a_hundred_waiting(ann, monkeypatch):
    monkeypatch.setattr(later, "MAX_WAITING", 2)
    assert [post(ann, id=id).status_code for id in "ab"] == [201, 201]
    assert code_of(post(ann, id="c")) == (422, "too_many")


def test_the_longest_text_is_accepted_however_it_is_escaped(ann):
    assert post(ann, text="\U0001f600" * 4096).status_code == 201


class TestListed:

    def test_the_users_waiting_ones_in_this_room_by_due_time(self, ann, bob, clock):
        post(ann, id="second", at="2024-05-01T16:00:00Z")
        post(ann, id="first")
        post(ann, id="gone")
        cancel(ann, "gone")
        post(ann, "/chat/other/later/", id="elsewhere")
        post(bob, id="bobs")
        assert listed(ann) == ["first", "second"] and listed(bob) == ["bobs"]

    def test_none_if_the_room_does_not_exist(self, ann):
        assert listed(ann) == [] and Room.objects.count() == 0

    def test_without_caching(self, ann):
        assert "no-cache" in ann.get(ADDRESS)["Cache-Control"] or "max-age=0" in ann.get(ADDRESS)["Cache-Control"]


class TestCancelled:

    def test_while_it_waits(self, ann):
        post(ann)
        status, content = answer(cancel(ann))
        assert (status, content["state"]) == (200, "cancelled") and listed(ann) == []
        assert cancel(ann).status_code == 200

    def test_too_late_with_the_seq_of_the_message(self, ann):
        post(ann)
        later.send(Later.objects.get())
        status, content = answer(cancel(ann))
        assert (status, content["error"]["code"], content["error"]["seq"]) == (409, "sent", 1)

    def test_not_after_it_was_refused(self, ann):
        post(ann)
        Later.objects.get().move(Later.REFUSED)
        assert code_of(cancel(ann)) == (409, "refused")

    def test_not_by_another_sender(self, ann, bob):
        post(ann)
        assert code_of(cancel(bob)) == (404, "not_found") == code_of(cancel(ann, "b")) == code_of(cancel(ann, room="other"))
        assert Later.objects.get().state == Later.WAITING

    @pytest.mark.parametrize("id", ["a/b", "a b", "%2F", "消息", "x" * 64, "later/a/cancel"])
    def test_by_an_id_of_any_characters(self, ann, id):
        assert post(ann, id=id).status_code == 201
        assert answer(cancel(ann, id))[1]["id"] == id
