# coding: utf-8
from __future__ import unicode_literals

import pytest
from channels import Channel
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import OperationalError

from chartroom.models import ChatMessage
from chartroom.shut_out import shut_out
from chartroom.sockets import recheck, sessions
from tests.people.test_standing import logged_in
from tests.room_socket import Socket, run_worker

pytestmark = pytest.mark.django_db


def failing(identity, namespace, name, action):
    raise RuntimeError("a fault")


def not_in_the_lobby(identity, namespace, name, action):
    return name != "lobby"


@pytest.fixture
def ann():
    return get_user_model().objects.create_user("ann", password="one")


@pytest.fixture
def enter(layer, settings, monkeypatch):
    """Returns a connected socket whose ``recheck`` is what the interface server keeps."""
    monkeypatch.setattr(layer, "rechecks", lambda reply_channel: True, raising=False)

    def enter(user=None, path="/chat/lobby/"):
        socket = Socket(layer, path, session=user and logged_in(settings, user)).connect()
        [socket.recheck] = [reply["recheck"] for reply in socket.replies if "recheck" in reply]
        return socket
    return enter


def run_round(layer, *sockets):
    """What rundaphne sends in each round, and what comes of it."""
    Channel(recheck.CHANNEL).send(
        {"sockets": [[socket.reply_channel, socket.recheck["data"]] for socket in sockets]}, immediately=True)
    run_worker(layer)


def test_sockets_that_may_stay_do(layer, enter, ann):
    sockets = [enter(ann), enter(), enter(ann, "/plain/lobby/")]
    run_round(layer, *sockets)
    assert [socket.close_code for socket in sockets] == [None, None, None]


@pytest.mark.parametrize("path", ["/chat/lobby/", "/plain/lobby/", "/tail/1/"])
def test_those_of_an_inactive_user_are_closed_without_a_frame_of_theirs(layer, enter, ann, settings, path):
    settings.CHARTROOM_TAIL_FILES = {1: "/var/log/x.log"}
    other = enter(get_user_model().objects.create_user("bob"), path)
    socket = enter(ann, path)
    get_user_model().objects.filter(pk=ann.pk).update(is_active=False)
    run_round(layer, socket, other)
    assert (socket.close_code, other.close_code) == (4401, None)
    assert sessions.read(socket.reply_channel) is None and sessions.read(other.reply_channel) is not None


def test_a_lost_permission_closes_with_4403_and_ends_the_membership(layer, enter, lobby, settings):
    inside, outside = enter(), enter(path="/chat/other/")
    settings.CHARTROOM_PERMISSION = "tests.sockets.test_recheck.not_in_the_lobby"
    run_round(layer, inside, outside)
    assert (inside.close_code, outside.close_code) == (4403, None)
    assert not layer.group_channels("room.%d" % lobby.pk)


def test_a_frame_on_its_way_is_not_stored(layer, enter, ann):
    socket = enter(ann)
    get_user_model().objects.update(is_active=False)
    run_round(layer, socket)
    socket.say(("a", "still here"))
    assert not ChatMessage.objects.exists()


def test_a_changed_password_closes_with_4401(layer, enter, ann):
    socket = enter(ann)
    ann.set_password("two")
    ann.save()
    run_round(layer, socket)
    assert socket.close_code == 4401


def test_a_failing_permission_function_closes_nobody(layer, enter, ann, settings):
    socket = enter(ann)
    settings.CHARTROOM_PERMISSION = "tests.sockets.test_recheck.failing"
    run_round(layer, socket)
    assert socket.close_code is None


def test_an_unavailable_database_closes_nobody(layer, enter, ann, monkeypatch):
    def unavailable(pairs):
        raise OperationalError("away")
    socket = enter(ann)
    monkeypatch.setattr(recheck, "Standing", unavailable)
    run_round(layer, socket)
    assert socket.close_code is None


def test_a_kind_of_another_version_is_skipped(layer, enter):
    socket = enter()
    socket.recheck["data"]["kind"] = "of tomorrow"
    run_round(layer, socket)
    assert socket.close_code is None


@pytest.mark.parametrize("content", [
    {}, {"sockets": None}, {"sockets": 7}, {"sockets": [None]}, {"sockets": [[]]}, {"sockets": [["a!b"]]}, {"sockets": [["a!b", None]]},
    {"sockets": [["a!b", {}]]}, {"sockets": [["a!b", {"kind": []}]]}, {"sockets": [["a!b", {"kind": "room", "sender": 5}]]},
], ids=repr)
def test_what_cannot_be_read_is_skipped(layer, content, caplog):
    Channel(recheck.CHANNEL).send(content, immediately=True)
    run_worker(layer)
    [record] = caplog.records
    assert "can't be rechecked" in record.getMessage() and record.exc_info is None


@pytest.mark.parametrize("spoil", [
    {"sender": "user:x"}, {"sender": "user:" + "9" * 30}, {"sender": "user:1\x00"}, {"sender": None}, {"session": 5}, {"namespace": []}, {"kind": {}},
], ids=repr)
def test_a_spoiled_socket_does_not_keep_the_others_from_being_rechecked(layer, enter, ann, spoil, caplog):
    socket, other = enter(ann), enter(get_user_model().objects.create_user("bob"))
    socket.recheck["data"].update(spoil)
    get_user_model().objects.update(is_active=False)
    run_round(layer, socket, other)
    assert other.close_code == 4401
    assert not [record for record in caplog.records if record.exc_info]


def test_a_socket_without_what_its_permission_takes_is_skipped(layer, enter, caplog):
    socket = enter()
    del socket.recheck["data"]["author"]
    run_round(layer, socket)
    assert socket.close_code is None and not [record for record in caplog.records if record.exc_info]


def test_many_sockets_of_many_users_are_two_queries(layer, enter, ann, django_assert_num_queries):
    sockets = [enter(get_user_model().objects.create_user("user%d" % number)) for number in range(10)] + [enter(ann), enter(ann)]
    with django_assert_num_queries(2):
        run_round(layer, *sockets)


def test_the_tags_name_the_sender_and_hide_the_session(layer, enter, ann):
    socket = enter(ann)
    key = socket.recheck["data"]["session"]
    assert socket.recheck["tags"] == ["kind:room", "sender:user:%d" % ann.pk, recheck.tag_of_session(key)]
    assert key not in recheck.tag_of_session(key)


class TestAtOnce:

    @pytest.fixture
    def requests(self, layer, monkeypatch):
        requests = []
        monkeypatch.setattr(
            layer, "recheck_sockets", lambda tags, close=None: requests.append((tags, close)), raising=False)
        return requests

    def test_a_log_out_closes_the_sockets_of_its_session(self, requests, client, ann, settings):
        client.login(username="ann", password="one")
        key = client.session.session_key
        client.logout()
        assert requests == [([recheck.tag_of_session(key)], 4401)]

    def test_a_saved_user_is_rechecked_and_a_log_in_is_not_one(self, requests, client, ann, transactional_db):
        client.login(username="ann", password="one")
        assert requests == []
        ann.is_active = False
        ann.save()
        assert requests == [(["sender:user:%d" % ann.pk], None)]

    def test_deleting_a_user_and_changing_the_groups_does_too(self, requests, ann, transactional_db):
        ann.groups.add(Group.objects.create(name="staff"))
        pk = ann.pk
        ann.delete()
        assert requests[0] == requests[-1] == (["sender:user:%d" % pk], None) and len(requests) >= 2

    def test_a_layer_that_is_unavailable_does_not_prevent_the_log_out(self, layer, client, ann, monkeypatch):
        def unavailable(tags, close=None):
            raise IOError("Redis is away")
        monkeypatch.setattr(layer, "recheck_sockets", unavailable, raising=False)
        client.login(username="ann", password="one")
        client.logout()
        assert not Session.objects.exists()

    def test_a_project_shuts_a_user_out(self, requests, ann):
        shut_out(ann)
        assert requests == [(["sender:user:%d" % ann.pk], 4401)]

    def test_does_nothing_with_another_layer(self, layer, ann):
        socket = Socket(layer, "/chat/lobby/").connect()
        shut_out(ann)
        assert socket.close_code is None
        # Stock daphne refuses a reply with an unknown key.
        assert not any("recheck" in reply for reply in socket.replies)
