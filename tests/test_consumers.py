# coding: utf-8
from __future__ import unicode_literals

import time

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import OperationalError, transaction

from chartroom.conf import conf
from chartroom.models import ChatMessage, Room
from chartroom.publish import publish
from chartroom.rooms import awaited
from chartroom.sockets import sessions
from tests.room_socket import Socket, fill, run_worker

pytestmark = pytest.mark.django_db


def str_of_20(value):
    """The id of a parameter, shortened."""
    return repr(value)[:20]


def enter(layer, path="/chat/lobby/", **kwargs):
    return Socket(layer, path, **kwargs).connect()


def guest_session(name="Ann", key="k1"):
    session = SessionStore()
    session["chartroom_guest"] = {"key": key, "name": name}
    session.save()
    return session


class TestConnect:

    def test_welcomes_with_the_newest_page(self, layer, lobby, settings):
        settings.CHARTROOM_PAGE_SIZE = 3
        fill(lobby, 5)

        welcome = enter(layer).frames[0]

        assert welcome["type"] == "welcome" and welcome["protocol"] == 1
        assert (welcome["namespace"], welcome["room"], welcome["epoch"]) == ("chat", "lobby", lobby.pk)
        assert welcome["seq"] == 5 and welcome["complete"] is True
        assert [wire["seq"] for wire in welcome["messages"]] == [3, 4, 5]

    def test_accepts_in_the_same_reply(self, layer):
        socket = enter(layer)
        assert socket.replies[0]["accept"] is True and "text" in socket.replies[0]

    def test_since_returns_the_messages_after_it(self, layer, lobby):
        fill(lobby, 5)
        welcome = enter(layer, query="since=3").frames[0]
        assert [wire["seq"] for wire in welcome["messages"]] == [4, 5]

    def test_since_zero_starts_at_the_beginning_and_reports_whether_it_is_complete(self, layer, lobby, settings):
        settings.CHARTROOM_CATCH_UP_SIZE = 2
        fill(lobby, 5)
        welcome = enter(layer, query="since=0").frames[0]
        assert [wire["seq"] for wire in welcome["messages"]] == [1, 2]
        assert welcome["complete"] is False and welcome["seq"] == 5

    @pytest.mark.parametrize("since", ["abc", "", "-1", "1.5", "9" * 19, "9" * 5000, "٣", "%D9%A3", "%C2%B2", "%00"], ids=str_of_20)
    def test_an_invalid_since_is_refused(self, layer, since):
        assert enter(layer, query="since=" + since).close_code == 4400

    def test_creates_no_room(self, layer):
        welcome = enter(layer, "/chat/聊天室/").frames[0]
        assert (welcome["room"], welcome["epoch"], welcome["seq"], welcome["messages"]) == ("聊天室", 0, 0, [])
        assert not Room.objects.exists()

    def test_creates_no_room_if_rooms_are_not_open(self, layer, settings):
        settings.CHARTROOM_OPEN_ROOMS = False
        assert enter(layer).close_code == 4404
        assert not Room.objects.exists()

    @pytest.mark.parametrize("path", [
        "/chat/", "/chat/a b/", "/chat/%s/" % ("x" * 65), "/chat/a/b/", "/chat/a.b/", "/chat/a\n/",
        "/nothing", "/chat", "//", "/chat//", "/tail/1/../2/",
    ])
    def test_any_other_path_is_refused(self, layer, path):
        assert enter(layer, path).close_code == 4404
        assert not Room.objects.exists()

    def test_a_captured_prefix_is_the_namespace(self, layer):
        welcome = enter(layer, "/deploy/web/").frames[0]
        assert (welcome["namespace"], welcome["room"]) == ("deploy", "web")

    def test_names_a_user(self, layer):
        user = get_user_model().objects.create_user("bo", password="x")
        session = SessionStore()
        session["_auth_user_id"] = str(user.pk)
        session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
        session["_auth_user_hash"] = user.get_session_auth_hash()
        session.save()

        you = enter(layer, session=session).frames[0]["you"]

        assert you["author"] == "bo" and you["guest"] is False and len(you["sender"]) == 12

    def test_names_a_guest_without_revealing_the_key(self, layer):
        socket = enter(layer, session=guest_session("Ann", "secretkey"))
        assert socket.frames[0]["you"]["author"] == "Ann"
        assert "secretkey" not in socket.texts[0]

    def test_two_guests_of_one_name_are_told_apart(self, layer, lobby):
        sockets = [enter(layer, session=guest_session("Ann", key)) for key in ("k1", "k2", "k1")]
        assert [socket.frames[0]["you"]["author"] for socket in sockets] == ["Ann", "Ann (2)", "Ann"]
        sockets[1].say(("a", "hello"))
        assert ChatMessage.objects.get().author == "Ann (2)"
        assert sockets[1].send({"type": "ping", "seq": 0}).frames[-1]["type"] == "pong"

    def test_guests_must_log_in_if_they_are_not_allowed(self, layer, settings):
        settings.CHARTROOM_GUESTS = False
        assert enter(layer).close_code == 4401

    def test_a_reader_may_be_forbidden(self, layer, settings):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.nobody_may"
        assert enter(layer).close_code == 4403

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://[broken", "http://testserver.evil.example"])
    def test_a_foreign_origin_is_denied_in_the_handshake(self, layer, origin, settings):
        settings.ALLOWED_HOSTS = ["testserver"]
        socket = enter(layer, headers=[("origin", origin)])
        assert socket.replies == [{"close": True}]

    def test_the_own_origin_and_a_program_without_one_are_accepted(self, layer, settings):
        settings.ALLOWED_HOSTS = ["chat.example.org"]
        assert enter(layer, headers=[("host", "chat.example.org"), ("origin", "http://chat.example.org")]).close_code is None
        assert enter(layer).close_code is None

    def test_is_in_the_group_before_it_reads_the_history(self, layer, lobby, monkeypatch):
        members = []
        monkeypatch.setattr("chartroom.rooms.history.newest", lambda room: members.extend(
            layer.group_channels("room.%d" % room.pk)) or [])
        socket = enter(layer)
        assert members == [socket.reply_channel]


class TestSend:

    def test_stores_broadcasts_and_acknowledges(self, layer, lobby):
        ann, bo = enter(layer), enter(layer)

        ann.say(("a", "hello"))

        assert ann.frames_of("ack") == [{"type": "ack", "acks": [{"id": "a", "seq": 1}]}]
        for socket in (ann, bo):
            [frame] = socket.frames_of("messages")
            assert [(wire["seq"], wire["id"], wire["text"]) for wire in frame["messages"]] == [(1, "a", "hello")]
        assert ChatMessage.objects.get().message == "hello"

    def test_a_retry_gets_the_same_number_and_is_not_broadcast_again(self, layer, lobby):
        ann = enter(layer)
        ann.say(("a", "hello"))
        ann.say(("a", "hello"))
        assert [frame["acks"][0]["seq"] for frame in ann.frames_of("ack")] == [1, 1]
        assert len(ann.frames_of("messages")) == 1
        assert ChatMessage.objects.count() == 1

    def test_the_same_id_with_another_text_is_refused(self, layer):
        ann = enter(layer)
        ann.say(("a", "hello"), ("a", "good bye"))
        assert ann.errors == [("id_reused", ["a"])]
        assert ChatMessage.objects.get().message == "hello"

    def test_the_same_id_of_two_guests_is_two_messages(self, layer):
        enter(layer, session=guest_session("Ann", "k1")).say(("a", "one"))
        enter(layer, session=guest_session("Bo", "k2")).say(("a", "two"))
        assert sorted(ChatMessage.objects.values_list("author", "message")) == [("Ann", "one"), ("Bo", "two")]

    def test_invalid_messages_in_a_frame_do_not_affect_the_others(self, layer):
        ann = enter(layer)
        ann.say(("a", "one"), ("b", "  "), ("c", "x" * 4097), ("d", "two"), ("e", "nul\x00"))
        assert [message.message for message in ChatMessage.objects.order_by("seq")] == ["one", "two"]
        assert sorted(ann.errors) == [("bad_frame", ["e"]), ("empty", ["b"]), ("too_long", ["c"])]

    def test_unknown_keys_of_the_json_do_not_reach_the_pipeline(self, layer):
        ann, bo = enter(layer), enter(layer)
        ann.send({
            "type": "send", "reply_channel": bo.reply_channel, "__retries__": 99, "room": 17, "sender": "user:1",
            "messages": [{"id": "a", "text": "x", "reply_channel": bo.reply_channel, "author": "root", "seq": 900}],
        })
        stored = ChatMessage.objects.get()
        assert (stored.seq, stored.author, stored.sender, stored.room.name) == (1, "anonymous", "", "lobby")
        assert ann.frames_of("ack") and not bo.frames_of("ack")

    def test_a_full_pipeline_is_reported_and_the_socket_stays_usable(self, layer, monkeypatch):
        ann = enter(layer)

        def full(self):
            raise layer.ChannelFull()
        monkeypatch.setattr("chartroom.rooms.submissions.Submission.send", full)
        ann.say(("a", "one"), ("b", "two"))

        assert ann.errors == [("busy", ["a", "b"])]
        assert ann.frames_of("error")[0]["retry_after"] > 0
        assert ann.send({"type": "ping", "seq": 0}).frames[-1]["type"] == "pong"

    def test_the_rate_limit_refuses_the_last_of_a_frame(self, layer, settings):
        settings.CHARTROOM_RATE_LIMIT = "2/h"
        ann = enter(layer)
        ann.say(("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"))
        assert ann.errors == [("rate_limited", ["c", "d"])]
        assert 0 < ann.frames_of("error")[0]["retry_after"] <= 3600
        assert [message.message for message in ChatMessage.objects.order_by("seq")] == ["1", "2"]

    def test_an_address_has_a_limit_however_many_sessions_it_has(self, layer, settings):
        settings.CHARTROOM_SENDS_PER_ADDRESS = "3/h"
        sockets = [enter(layer, session=guest_session("Ann", "k%d" % number)) for number in range(3)]
        for socket in sockets:
            socket.say(("a", "1"), ("b", "2"))
        assert ChatMessage.objects.count() == 3
        assert [socket.errors for socket in sockets] == [[], [("rate_limited", ["b"])], [("rate_limited", ["a", "b"])]]

    def test_a_writer_may_be_forbidden(self, layer, settings):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.readers_only"
        ann = enter(layer)
        ann.say(("a", "1"))
        assert ann.errors == [("forbidden", ["a"])]
        assert not ChatMessage.objects.exists()


class TestARoomThatDoesNotExist:

    @pytest.fixture(autouse=True)
    def committing(self, transactional_db):
        """A room is known to others when its transaction is committed."""

    def test_is_created_by_the_first_message_which_everybody_who_waits_is_sent(self, layer):
        ann, bo, device = enter(layer, "/chat/new/"), enter(layer, "/chat/new/"), enter(layer, "/plain/new/")
        ann.say(("a", "first"))
        assert Room.objects.get().name == "new"
        assert ann.frames_of("ack") == [{"type": "ack", "acks": [{"id": "a", "seq": 1}]}]
        for socket in (ann, bo):
            assert [wire["text"] for frame in socket.frames_of("messages") for wire in frame["messages"]] == ["first"]
        assert device.texts == ["first"]
        bo.say(("b", "second"))
        assert ann.frames_of("messages")[-1]["messages"][0]["seq"] == 2 and device.texts == ["first", "second"]

    @pytest.mark.parametrize("create", [
        lambda: Room.objects.create(namespace="chat", name="new"), lambda: publish("new", "from a program"),
    ], ids=["in the admin", "by a program"])
    def test_is_found_by_those_who_wait_however_it_is_created(self, layer, create):
        ann = enter(layer, "/chat/new/")
        create()
        run_worker(layer)
        ann.say(("a", "hello"))
        texts = [wire["text"] for frame in ann.frames_of("messages") for wire in frame["messages"]]
        assert texts == list(ChatMessage.objects.order_by("seq").values_list("message", flat=True)) and "hello" in texts

    def test_has_no_history_and_answers_a_ping(self, layer):
        ann = enter(layer, "/chat/new/", query="since=0")
        for frame in ({"type": "catch_up", "since": 0}, {"type": "history", "before": 9}, {"type": "ping", "seq": 0}):
            ann.send(frame)
        assert [(frame["type"], frame.get("complete"), frame.get("more"), frame.get("seq")) for frame in ann.frames[1:]] == [
            ("catch_up", True, None, None), ("history", None, False, None), ("pong", None, None, 0)]
        assert ann.errors == [] and not Room.objects.exists()

    def test_a_ping_heals_a_missed_creation(self, layer, monkeypatch):
        ann = enter(layer, "/chat/new/")
        monkeypatch.setattr("chartroom.rooms.awaited._created", lambda room: None)
        fill(Room.objects.create(namespace="chat", name="new"), 1)
        assert ann.send({"type": "ping", "seq": 0}).frames[-1] == {"type": "pong", "seq": 1}
        ann.send({"type": "catch_up", "since": 0})
        assert ann.frames[-1]["messages"][0]["seq"] == 1
        assert list(layer.group_channels("room.%d" % Room.objects.get().pk)) == [ann.reply_channel]

    def test_created_at_the_same_moment_is_entered(self, layer, monkeypatch):
        join = awaited.join

        def join_while_it_is_created(*args):
            monkeypatch.setattr(awaited, "join", join)
            Room.objects.create(namespace="chat", name="new")
            join(*args)
        monkeypatch.setattr(awaited, "join", join_while_it_is_created)
        ann = enter(layer, "/chat/new/")
        assert ann.frames[0]["epoch"] == Room.objects.get().pk
        assert list(layer.group_channels("room.%d" % Room.objects.get().pk)) == [ann.reply_channel]

    def test_is_entered_before_anybody_can_see_it(self, layer):
        """Otherwise another sender's message could be broadcast before those who wait have joined."""
        ann = enter(layer, "/chat/new/")
        with transaction.atomic():
            room = Room.objects.create(namespace="chat", name="new")
            assert list(layer.group_channels("room.%d" % room.pk)) == [ann.reply_channel]

    def test_a_socket_that_leaves_leaves_nothing(self, layer):
        enter(layer, "/chat/new/").disconnect()
        assert not any(layer.group_channels(awaited.group_name("chat", "new", wire)) for wire in ("json", "plain"))

    def test_an_address_creates_a_bounded_number(self, layer, settings):
        settings.CHARTROOM_ROOMS_PER_ADDRESS = "2/h"
        sockets = [enter(layer, "/chat/new%d/" % number).say(("a", "x")) for number in range(4)]
        assert Room.objects.count() == 2
        assert [socket.errors for socket in sockets] == [[], [], [("rate_limited", ["a"])], [("rate_limited", ["a"])]]
        assert sockets[3].frames_of("error")[0]["retry_after"] > 0

    def test_a_refused_message_creates_none(self, layer, settings):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.readers_only"
        enter(layer, "/chat/new/").say(("a", "x"), ("b", "  "))
        assert not Room.objects.exists()


class TestBadFrames:

    @pytest.mark.parametrize("text, code", [
        ("", "bad_frame"), ("hello", "bad_frame"), ("[]", "bad_frame"), ("null", "bad_frame"), ("17", "bad_frame"),
        ("{}", "bad_frame"), ('{"type": 5}', "bad_frame"), ('{"type": "shout"}', "unknown_type"),
        ('{"type": "send"}', "bad_frame"), ('{"type": "send", "messages": {}}', "bad_frame"),
        ('{"type": "catch_up", "since": "5"}', "bad_frame"), ('{"type": "catch_up", "since": 1e400}', "bad_frame"),
        ('{"type": "catch_up", "since": %d}' % 2 ** 63, "bad_frame"),
        ('{"type": "catch_up", "since": %s}' % ("9" * 100000), "bad_frame"),
        ('{"type": "catch_up", "since": NaN}', "bad_frame"),
        ('{"type": "history", "before": -1}', "bad_frame"), ('{"type": "ping"}', "bad_frame"),
        ("[" * 20000 + "]" * 20000, "bad_frame"), ('{"type":' * 20000, "bad_frame"),
        ('{"type": "send", "messages": [%s]}' % ",".join(['{"id": "a", "text": "b"}'] * 51), "too_many"),
        (" " * 262145, "too_long"),
    ], ids=str_of_20)
    def test_is_answered_with_its_code_and_the_socket_stays_open(self, layer, text, code):
        ann = enter(layer)
        ann.send(text)
        assert ann.errors[0][0] == code
        assert ann.close_code is None
        assert ann.say(("a", "still here")).frames_of("ack")

    def test_a_binary_frame(self, layer):
        ann = enter(layer)
        ann.send_bytes(b"\xff\x00")
        assert ann.errors == [("bad_frame", [])]
        assert ann.say(("a", "still here")).frames_of("ack")

    @pytest.mark.parametrize("text", [r'"\ud800"', r'"a\udc00b"', r'"\udc00\ud800"', r'"a\u0000b"'])
    def test_invalid_text(self, layer, text):
        ann = enter(layer)
        ann.send('{"type": "send", "messages": [{"id": "a", "text": %s}, {"id": %s, "text": "b"}]}' % (text, text))
        assert {code for code, ids in ann.errors} == {"bad_frame"}
        assert not ChatMessage.objects.exists()

    def test_an_unavailable_database_asks_to_try_again(self, layer, lobby, monkeypatch):
        def unavailable(*args):
            raise OperationalError("server closed the connection")
        ann = enter(layer)
        monkeypatch.setattr("chartroom.rooms.history.after", unavailable)
        ann.send({"type": "catch_up", "since": 0})
        assert ann.errors == [("busy", [])] and ann.frames[-1]["retry_after"] > 0

    def test_an_unexpected_exception_is_a_server_error(self, layer, lobby, monkeypatch):
        ann = enter(layer)
        monkeypatch.setattr("chartroom.rooms.history.after", lambda *args: 1 / 0)
        ann.send({"type": "catch_up", "since": 0})
        assert ann.errors == [("server_error", [])]


class TestReading:

    def test_catch_up_pages_to_the_end(self, layer, lobby, settings):
        settings.CHARTROOM_CATCH_UP_SIZE = 2
        fill(lobby, 5)
        ann, since, seen = enter(layer), 0, []
        while True:
            frame = ann.send({"type": "catch_up", "since": since}).frames_of("catch_up")[-1]
            assert frame["since"] == since
            seen += [wire["seq"] for wire in frame["messages"]]
            since = seen[-1]
            if frame["complete"]:
                break
        assert seen == [1, 2, 3, 4, 5]

    def test_history_pages_to_the_beginning(self, layer, lobby):
        fill(lobby, 5)
        ann = enter(layer)
        frame = ann.send({"type": "history", "before": 5, "limit": 3}).frames_of("history")[-1]
        assert [wire["seq"] for wire in frame["messages"]] == [2, 3, 4] and frame["more"] is True
        frame = ann.send({"type": "history", "before": 2, "limit": 3}).frames_of("history")[-1]
        assert [wire["seq"] for wire in frame["messages"]] == [1] and frame["more"] is False

    def test_pong_has_the_last_number(self, layer, lobby):
        ann = enter(layer)
        fill(lobby, 3)
        assert ann.send({"type": "ping", "seq": 0}).frames[-1] == {"type": "pong", "seq": 3}

    def test_ping_renews_the_membership(self, layer, lobby):
        ann = enter(layer)
        layer.group_discard("room.%d" % lobby.pk, ann.reply_channel)
        ann.send({"type": "ping", "seq": 0})
        assert list(layer.group_channels("room.%d" % lobby.pk)) == [ann.reply_channel]

    @pytest.mark.parametrize("frame", [
        {"type": "ping", "seq": 0}, {"type": "catch_up", "since": 0}, {"type": "history", "before": 9},
        {"type": "send", "messages": [{"id": "a", "text": "still here"}]},
    ], ids=lambda frame: frame["type"])
    def test_a_user_who_lost_the_permission_is_disconnected_within_a_heartbeat(self, layer, lobby, settings, monkeypatch, frame):
        ann = enter(layer)
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.nobody_may"
        later = time.time() + conf.HEARTBEAT
        monkeypatch.setattr("chartroom.consumers.time.time", lambda: later)
        ann.send(frame)
        assert ann.close_code == 4403
        assert not layer.group_channels("room.%d" % lobby.pk) and not ChatMessage.objects.exists()

    def test_the_permission_is_checked_once_per_heartbeat(self, layer, monkeypatch):
        checked = []
        monkeypatch.setattr("chartroom.sockets.recheck.close_codes", lambda datas: checked.append(datas) or [None])
        ann, start = enter(layer), time.time()
        for seconds in (1, 26, 27, 60, 61):
            monkeypatch.setattr("chartroom.consumers.time.time", lambda: start + seconds)
            ann.send({"type": "ping", "seq": 0})
        assert len(checked) == 2

    def test_the_permission_is_checked_at_once_when_the_clock_was_set_back(self, layer, settings, monkeypatch):
        ann, earlier = enter(layer), time.time() - 3600
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.nobody_may"
        monkeypatch.setattr("chartroom.consumers.time.time", lambda: earlier)
        assert ann.send({"type": "ping", "seq": 0}).close_code == 4403

    def test_a_socket_that_an_older_version_accepted_is_asked_to_reconnect(self, layer):
        ann = enter(layer)
        here = sessions.read(ann.reply_channel)
        del here["recheck"]
        sessions.change(ann.reply_channel, here)
        assert ann.send({"type": "ping", "seq": 0}).close_code == 1012

    def test_a_socket_whose_session_is_lost_is_asked_to_reconnect(self, layer, lobby):
        ann = enter(layer)
        cache.clear()
        ann.say(("a", "hello"))
        assert ann.close_code == 1012


class TestPlainRooms:

    def test_each_text_frame_is_a_message(self, layer, lobby):
        device, ann = enter(layer, "/plain/lobby/"), enter(layer)
        device.send("  21.5 °C ")
        ann.say(("a", "thanks"))
        assert device.texts == ["21.5 °C", "thanks"]
        assert [wire["text"] for frame in ann.frames_of("messages") for wire in frame["messages"]] == ["21.5 °C", "thanks"]

    def test_the_bare_path_is_the_lobby(self, layer):
        enter(layer, "/").send("hello")
        assert ChatMessage.objects.get().room == Room.objects.get(namespace="chat", name="lobby")

    @pytest.mark.parametrize("text, code", [("   ", "empty"), ("x" * 4097, "too_long"), ("a\x00", "bad_frame")], ids=str_of_20)
    def test_a_refusal_is_a_line_of_text(self, layer, text, code):
        device = enter(layer, "/plain/lobby/").send(text)
        assert device.texts[0].startswith("error %s: " % code)

    def test_json_is_not_interpreted(self, layer):
        enter(layer, "/plain/lobby/").send('{"type": "send", "__retries__": 1}')
        assert ChatMessage.objects.get().message.startswith("{")


class TestDisconnect:

    def test_leaves_the_group_and_deletes_the_session(self, layer, lobby):
        ann = enter(layer)
        ann.disconnect()
        assert not layer.group_channels("room.%d" % lobby.pk)
        assert not [key for key in cache._cache if "chn" in key]

    def test_of_a_socket_that_never_entered(self, layer):
        Socket(layer, "/chat/lobby/").disconnect()
        Socket(layer, "/").disconnect()
