# coding: utf-8
from __future__ import unicode_literals

import pytest
from channels import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from chartroom.models import ChatMessage, Room, group_name, is_room_name, sender_tag


def row(room, seq, id="a", source="socket", sender="user:1"):
    return ChatMessage.objects.create(
        room=room, seq=seq, message="hello", source=source, sender=sender, client_id=id, at=timezone.now())


class TestGroupNames:

    def test_contain_the_primary_key_and_the_wire(self):
        assert (group_name(17), group_name(17, "plain")) == ("room.17", "room.17.plain")

    @pytest.mark.parametrize("wire", ["json", "plain"])
    def test_are_valid_for_a_layer(self, layer, wire):
        name = group_name(2 ** 63 - 1, wire)
        assert len(name.encode("ascii")) < 100
        Group(name).add("daphne.response.test!x")


class TestRoomNames:

    @pytest.mark.parametrize("name", ["a", "lobby", "room_1-b", "聊天室", "комната", "--", "x" * 64])
    def test_are_letters_digits_underscore_and_hyphen_of_any_script(self, name):
        assert is_room_name(name)

    @pytest.mark.parametrize("name", ["", "x" * 65, "聊" * 65, "a b", "a/b", "a.b", "a\n", "\na", "a\x00", "<b>", "a%20b", "☕"])
    def test_are_nothing_else(self, name):
        assert not is_room_name(name)

    @pytest.mark.parametrize("names", [{"name": "a b"}, {"name": "a\n"}, {"name": "a", "namespace": "a-b"}])
    def test_are_checked_in_the_admin_too(self, db, names):
        with pytest.raises(ValidationError):
            Room(**names).full_clean()
        Room(name="聊天室", namespace="部署").full_clean()


class TestSenderTags:

    def test_are_the_same_for_one_sender_and_differ_between_senders(self):
        assert sender_tag("user:1") == sender_tag("user:1") != sender_tag("user:11")

    def test_do_not_reveal_a_guests_key(self, settings):
        tag = sender_tag("guest:secretkey")
        assert len(tag) == 12 and "secret" not in tag
        settings.SECRET_KEY = "another"
        assert sender_tag("guest:secretkey") != tag

    def test_are_empty_for_nobody(self):
        assert sender_tag("") == ""


class TestData:

    @pytest.mark.parametrize("value", [{}, {"状态": ["ok", 1, None]}])
    def test_is_loaded_from_the_database(self, lobby, value):
        message = row(lobby, 1)
        message.data = value
        message.save()
        assert ChatMessage.objects.get().data == value

    def test_none_is_stored_as_an_empty_string(self, lobby):
        message = row(lobby, 1)
        assert message.data is None
        message.data = {"a": 1}
        message.data = None
        assert (message.data, message.data_json) == (None, "")


class TestDatabaseConstraints:
    """The database enforces the rules as well, in case of a bug in the code."""

    def test_a_room_is_unique_in_its_namespace(self, lobby):
        Room.objects.create(namespace="deploy", name="lobby")
        with pytest.raises(IntegrityError):
            Room.objects.create(namespace="chat", name="lobby")

    def test_a_number_is_unique_in_its_room(self, lobby):
        row(lobby, 1, id="a")
        row(Room.objects.create(name="other"), 1, id="a")
        with pytest.raises(IntegrityError):
            row(lobby, 1, id="b")

    def test_an_id_is_unique_for_its_sender_and_source(self, lobby):
        row(lobby, 1)
        row(lobby, 2, sender="")
        row(lobby, 3, source="feed")
        with pytest.raises(IntegrityError):
            row(lobby, 4)


def test_rooms_and_messages_have_a_string_representation(lobby):
    assert "%s" % Room(namespace="chat", name="聊天室") == "chat/聊天室"
    assert "%s" % row(lobby, 7) == "%d #7" % lobby.pk


def test_the_key_is_the_same_for_a_retry(lobby):
    assert row(lobby, 1).key == (lobby.pk, "a", "socket", "user:1")
