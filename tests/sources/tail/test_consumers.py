# coding: utf-8
"""``/tail/<number>/``: permissions, and the commands to `runtail`."""
from __future__ import unicode_literals

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore

from chartroom import consumers as rooms
from chartroom.errors import Refused
from chartroom.models import Room
from chartroom.sources.tail import commands, consumers
from chartroom.sources.tail.files import enter
from tests.room_socket import Socket

pytestmark = pytest.mark.django_db

POSITION = "0123456789abcdef.17"


def only_the_first(user, number):
    return number == 1


def asks_the_staff(user, number):
    return user.is_staff


@pytest.fixture(autouse=True)
def files(settings):
    settings.CHARTROOM_TAIL_FILES = {1: "/var/log/secret-folder/error.log", 2: ("/var/log/access.log", "Zugriffe 聊")}


@pytest.fixture
def ann():
    user = get_user_model().objects.create_user("ann", password="x")
    user.is_staff = True
    user.save()
    return user


def session_of(user):
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return session


def watch(layer, user=None, path="/tail/1/", **options):
    return Socket(layer, path, session=session_of(user) if user else None, **options).connect()


def commands_sent(layer):
    """The commands that `runtail` receives."""
    contents = []
    while True:
        name, content = layer.receive([commands.CHANNEL])
        if name is None:
            return contents
        contents.append(content)


def later(monkeypatch, seconds):
    now = consumers.time.time()
    monkeypatch.setattr("chartroom.sources.tail.consumers.time.time", lambda: now + seconds)


class TestConnect:

    def test_sends_the_welcome_and_a_start_to_runtail(self, layer, ann):
        socket = watch(layer, ann)
        assert socket.replies[0]["accept"] is True
        assert socket.frames == [{"type": "welcome", "protocol": 1, "file": 1, "label": "error.log", "heartbeat": 25}]
        assert commands_sent(layer) == [{
            "version": 1, "op": "start", "file": 1, "reply_channel": socket.reply_channel, "id": 0, "position": None}]

    def test_sends_the_label_and_never_the_path(self, layer, ann):
        assert "secret-folder" not in watch(layer, ann).texts[0]
        assert watch(layer, ann, "/tail/2/").frames[0]["label"] == "Zugriffe 聊"
        assert all("log" not in str(content.get("path", "")) for content in commands_sent(layer))

    def test_since_is_passed_on(self, layer, ann):
        watch(layer, ann, query="since=" + POSITION)
        assert commands_sent(layer)[0]["position"] == POSITION

    @pytest.mark.parametrize("since", ["", "5", "../../etc/passwd", POSITION + "x", "%00", "%ff", "é"], ids=repr)
    def test_an_invalid_since_is_refused(self, layer, ann, since):
        assert watch(layer, ann, query="since=" + since).close_code == 4400 and commands_sent(layer) == []

    def test_an_anonymous_user_is_refused(self, layer):
        assert watch(layer).close_code == 4401 and commands_sent(layer) == []

    def test_a_guest_is_refused(self, layer):
        session = SessionStore()
        session["chartroom_guest"] = {"key": "k", "name": "Ann"}
        session.save()
        assert Socket(layer, "/tail/1/", session=session).connect().close_code == 4401

    def test_an_inactive_user_is_refused(self, layer, ann):
        ann.is_active = False
        ann.save()
        assert watch(layer, ann).close_code == 4401 and commands_sent(layer) == []

    @pytest.mark.parametrize("user", [None, AnonymousUser(), get_user_model()(pk=1, is_active=False)], ids=["none", "anonymous", "barred"])
    def test_is_active_is_checked_whatever_the_backend(self, user):
        with pytest.raises(Refused) as refused:
            enter(user, 1)
        assert refused.value.close_code == 4401

    def test_the_permission_is_checked(self, layer, ann, settings):
        settings.CHARTROOM_TAIL_PERMISSION = "tests.sources.tail.test_consumers.only_the_first"
        assert watch(layer, ann, "/tail/1/").close_code is None
        assert watch(layer, ann, "/tail/2/").close_code == 4403
        assert [content["file"] for content in commands_sent(layer)] == [1]

    @pytest.mark.parametrize("path", ["/tail/99/", "/tail/3/", "/tail/999999999/"])
    def test_an_unknown_number_is_not_found(self, layer, ann, path):
        assert watch(layer, ann, path).close_code == 4404 and commands_sent(layer) == []

    @pytest.mark.parametrize("path", [
        "/tail/", "/tail//", "/tail/x/", "/tail/0/", "/tail/01/", "/tail/-1/", "/tail/1.5/", "/tail/٣/", "/tail/1/2/", "/tail/1//",
        "/tail/1\n", "/tail/9999999999/", "/tail/../../etc/passwd", "/tail/..%2f..%2fetc%2fpasswd", "/tail/error.log/", "/tail/etc/",
    ], ids=repr)
    def test_another_path_is_not_found_and_is_not_a_room(self, layer, ann, path):
        socket = watch(layer, ann, path)
        assert socket.close_code == 4404
        socket.send({"type": "ping"}).disconnect()
        assert len(socket.replies) == 1 and commands_sent(layer) == [] and not Room.objects.exists()

    def test_a_foreign_origin_is_denied_in_the_handshake(self, layer, ann, settings):
        settings.ALLOWED_HOSTS = ["testserver"]
        assert watch(layer, ann, headers=[("origin", "http://evil.example")]).replies == [{"close": True}]

    def test_with_a_full_channel_the_client_is_asked_to_return_later(self, layer, ann):
        fill(layer)
        assert watch(layer, ann).close_code == 1013

    def test_the_consumers_of_rooms_are_not_called(self, layer, ann, monkeypatch):
        for name in ("connect", "receive", "disconnect"):
            assert getattr(rooms, name) is not getattr(consumers, name)


def fill(layer):
    for _ in range(1000):
        layer.send(commands.CHANNEL, {})


class TestReceive:

    def test_a_ping_is_answered_and_renews(self, layer, ann):
        socket = watch(layer, ann)
        commands_sent(layer)
        socket.send({"type": "ping"})
        assert socket.frames[1:] == [{"type": "pong"}]
        assert commands_sent(layer) == [{"version": 1, "op": "renew", "file": 1, "reply_channel": socket.reply_channel}]

    def test_a_start_is_passed_on_without_the_rest_of_the_frame(self, layer, ann):
        socket = watch(layer, ann)
        commands_sent(layer)
        socket.send({
            "type": "start", "id": 7, "position": POSITION, "file": 2, "reply_channel": "chat-messages", "op": "stop", "__retries__": 5})
        assert commands_sent(layer) == [{
            "version": 1, "op": "start", "file": 1, "reply_channel": socket.reply_channel, "id": 7, "position": POSITION}]

    @pytest.mark.parametrize("text, code", [
        ("no json", "bad_frame"), ('{"type":"send"}', "unknown_type"), ('{"type":"start","id":1,"position":"/etc/passwd"}', "bad_frame")])
    def test_a_bad_frame_is_answered_and_closes_nothing(self, layer, ann, text, code):
        socket = watch(layer, ann)
        commands_sent(layer)
        socket.send(text)
        assert [error for error, _ in socket.errors] == [code] and socket.close_code is None and commands_sent(layer) == []

    def test_a_binary_frame_is_refused(self, layer, ann):
        assert watch(layer, ann).send_bytes(b"\x00").errors == [("bad_frame", [])]

    def test_too_many_are_refused(self, layer, ann):
        socket = watch(layer, ann)
        for id in range(130):
            socket.send({"type": "start", "id": id})
        errors = socket.frames_of("error")
        assert {error["code"] for error in errors} == {"rate_limited"} and 0 < errors[0]["retry_after"] <= 10
        assert len(commands_sent(layer)) <= 2 * consumers.RATE[0] + 1

    def test_without_a_session_the_client_is_asked_to_reconnect(self, layer, ann):
        socket = watch(layer, ann)
        consumers.sessions.end(socket.reply_channel)
        assert socket.send({"type": "ping"}).close_code == 1012

    def test_with_a_full_channel_the_client_is_asked_to_return_later(self, layer, ann):
        socket = watch(layer, ann)
        commands_sent(layer)
        fill(layer)
        assert socket.send({"type": "ping"}).close_code == 1013


class TestPermissionLater:

    def test_is_checked_once_per_heartbeat(self, layer, ann, settings, monkeypatch, django_assert_num_queries):
        socket = watch(layer, ann)
        with django_assert_num_queries(0):
            socket.send({"type": "ping"})
        later(monkeypatch, 26)
        with django_assert_num_queries(2):  # the user and the session
            socket.send({"type": "ping"}).send({"type": "ping"})
        assert socket.close_code is None

    @pytest.mark.parametrize("change, code", [({"is_active": False}, 4401), ({"is_staff": False}, 4403)])
    def test_a_user_who_lost_it_is_closed_and_runtail_notified(self, layer, ann, settings, monkeypatch, change, code):
        settings.CHARTROOM_TAIL_PERMISSION = "tests.sources.tail.test_consumers.asks_the_staff"
        socket = watch(layer, ann)
        commands_sent(layer)
        get_user_model().objects.update(**change)
        later(monkeypatch, 26)
        assert socket.send({"type": "ping"}).close_code == code
        assert [content["op"] for content in commands_sent(layer)] == ["stop"]

    def test_a_deleted_user_is_closed(self, layer, ann, monkeypatch):
        socket = watch(layer, ann)
        get_user_model().objects.all().delete()
        later(monkeypatch, 26)
        assert socket.send({"type": "start", "id": 1}).close_code == 4401

    def test_a_file_removed_from_the_settings_is_closed(self, layer, ann, settings, monkeypatch):
        socket = watch(layer, ann)
        settings.CHARTROOM_TAIL_FILES = {2: "/x"}
        later(monkeypatch, 26)
        assert socket.send({"type": "ping"}).close_code == 4403


class TestDisconnect:

    def test_notifies_runtail(self, layer, ann):
        socket = watch(layer, ann)
        commands_sent(layer)
        socket.disconnect()
        assert commands_sent(layer) == [{"version": 1, "op": "stop", "file": 1, "reply_channel": socket.reply_channel}]
        assert consumers.sessions.read(socket.reply_channel) is None

    def test_of_a_refused_socket_sends_nothing(self, layer):
        socket = watch(layer)
        socket.disconnect()
        assert commands_sent(layer) == []

    def test_does_not_fail_on_a_full_channel(self, layer, ann):
        socket = watch(layer, ann)
        commands_sent(layer)
        fill(layer)
        socket.disconnect()
        assert consumers.sessions.read(socket.reply_channel) is None
