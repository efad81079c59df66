# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from chartroom.errors import FrameError, Refused
from chartroom.models import ChatMessage, Room
from chartroom.people import permissions
from chartroom.people.identity import NOBODY, BadName, Identity, identify, name_guest
from chartroom.people.permissions import READ, SEND, may

ANN = Identity("user:1", "Ann", False)
GUEST = Identity("guest:k1", "Bo", True)


# What CHARTROOM_PERMISSION names in tests

def nobody_may(identity, namespace, name, action):
    return False


def readers_only(identity, namespace, name, action):
    return action == "read"


def ann_alone_in_staff(identity, namespace, name, action):
    return (namespace, name) != ("chat", "staff") or identity.author == "Ann"


@pytest.fixture
def staff_room(settings):
    settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.ann_alone_in_staff"


class TestIdentify:

    def test_a_user_by_primary_key_and_name(self, django_user_model, db):
        user = django_user_model.objects.create_user("ann")
        assert identify(user, {}) == Identity("user:%d" % user.pk, "ann", False)

    def test_a_user_before_the_guest_of_the_same_session(self, db, django_user_model):
        session = {"chartroom_guest": {"key": "k1", "name": "Bo"}}
        assert identify(django_user_model.objects.create_user("ann"), session).author == "ann"
        assert identify(AnonymousUser(), session) == GUEST

    @pytest.mark.parametrize("user", [None, AnonymousUser()], ids=["none", "anonymous"])
    @pytest.mark.parametrize("session", [None, {}], ids=["none", "empty"])
    def test_nobody_where_nothing_is_known(self, user, session):
        assert identify(user, session) == NOBODY == Identity("", "anonymous", True)

    def test_a_name_is_never_longer_than_its_column(self):
        class User(object):
            pk, is_active = 1, True

            def get_username(self):
                return "x" * 254
        assert len(identify(User(), None).author) == ChatMessage._meta.get_field("author").max_length


@pytest.mark.django_db
class TestNamingAGuest:

    @pytest.mark.parametrize("name, kept", [
        ("Bo", "Bo"), ("  Bo \n Li ", "Bo Li"), ("小明", "小明"), ("x" * 32, "x" * 32), ("\U0001f600" * 32, "\U0001f600" * 32),
        ("<b>", "<b>"),
    ], ids=["plain", "spaces", "chinese", "32", "32 emoji", "markup"])
    def test_keeps_the_name(self, name, kept):
        session = {}
        name_guest(session, name)
        assert identify(None, session).author == kept

    @pytest.mark.parametrize("name", [
        "", "   ", "\n", "x" * 33, "a\x00b", "a\ud800", "a\u202eb", "\u200b", "a\u200db", "a\x1bb", "a\u2066b",
    ], ids=repr)
    def test_refuses_what_looks_like_nothing_or_like_somebody_else(self, name):
        session = {}
        with pytest.raises(BadName):
            name_guest(session, name)
        assert session == {}

    @pytest.mark.parametrize("name", ["ann", "ANN", " Ann "])
    def test_refuses_a_users(self, name, django_user_model):
        django_user_model.objects.create_user("Ann")
        with pytest.raises(BadName) as error:
            name_guest({}, name)
        assert "taken" in str(error.value)

    @pytest.mark.parametrize("name", ["An_", "A%"])
    def test_takes_a_name_as_it_is_and_not_as_a_pattern(self, name, django_user_model):
        django_user_model.objects.create_user("Ann")
        name_guest({}, name)

    def test_a_new_name_keeps_the_key_and_two_guests_have_two(self):
        session, other = {}, {}
        name_guest(session, "Bo")
        key = identify(None, session).sender
        name_guest(session, "Bob")
        name_guest(other, "Bob")
        assert identify(None, session) == Identity(key, "Bob", True)
        assert identify(None, other).sender != key

    def test_the_key_can_not_be_guessed_and_fits_its_column(self):
        session = {}
        name_guest(session, "Bo")
        sender = identify(None, session).sender
        assert sender.startswith("guest:") and len(sender) == len("guest:") + 32
        assert len(sender) <= ChatMessage._meta.get_field("sender").max_length


class TestMay:

    @pytest.mark.parametrize("identity, allowed", [(ANN, True), (GUEST, True), (NOBODY, True)])
    @pytest.mark.parametrize("action", [READ, SEND])
    def test_everybody_where_nothing_else_is_said(self, identity, allowed, action):
        assert may(identity, "chat", "lobby", action) is allowed

    def test_users_alone_without_guests(self, settings):
        settings.CHARTROOM_GUESTS = False
        assert [may(identity, "chat", "lobby", READ) for identity in (ANN, GUEST, NOBODY)] == [True, False, False]

    def test_whom_the_projects_function_lets(self, staff_room):
        assert may(ANN, "chat", "staff", READ) and not may(GUEST, "chat", "staff", READ)
        assert may(GUEST, "deploy", "staff", READ)

    def test_no_guest_even_where_the_function_would(self, staff_room, settings):
        settings.CHARTROOM_GUESTS = False
        assert not may(GUEST, "chat", "lobby", READ)


class TestEntering:

    def close_code_of(self, identity, name="lobby"):
        try:
            permissions.check_enter(identity, "chat", name)
        except Refused as refused:
            return refused.close_code

    def test_is_open(self):
        assert self.close_code_of(NOBODY) is None

    @pytest.mark.parametrize("name", ["", "a b", "x" * 65, "../a"], ids=lambda name: name[:5])
    def test_a_name_that_no_room_has_is_not_found(self, name):
        assert self.close_code_of(ANN, name) == 4404

    def test_guests_log_in_first(self, settings):
        settings.CHARTROOM_GUESTS = False
        assert (self.close_code_of(GUEST), self.close_code_of(ANN)) == (4401, None)

    def test_is_forbidden_where_reading_is(self, staff_room, settings):
        assert (self.close_code_of(GUEST, "staff"), self.close_code_of(ANN, "staff")) == (4403, None)
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.readers_only"
        assert self.close_code_of(GUEST, "staff") is None


def test_sending_is_refused_by_the_ids_of_the_messages(settings):
    permissions.check_send(GUEST, "chat", "lobby", ["a"])
    settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.readers_only"
    with pytest.raises(FrameError) as error:
        permissions.check_send(GUEST, "chat", "lobby", ["a", "b"])
    assert (error.value.code, error.value.ids) == ("forbidden", ["a", "b"])


@pytest.mark.django_db
def test_a_user_made_inactive_is_nobody_whatever_the_session_says():
    user = get_user_model().objects.create_user("Ann")
    assert identify(user, {}).sender == "user:%d" % user.pk
    user.is_active = False
    assert identify(user, {}) == NOBODY


def test_rooms_of_sources_are_read_only_whoever_asks(settings):
    settings.CHARTROOM_PERMISSION = None
    for namespace in ("blog", "deploy"):
        assert permissions.may(ANN, namespace, "news", "read") and not permissions.may(ANN, namespace, "news", "send")
    settings.CHARTROOM_READ_ONLY = ["chat"]
    assert permissions.may(ANN, "blog", "news", "send") and not permissions.may(ANN, "chat", "news", "send")


@pytest.mark.django_db
class TestStillWelcome:

    @pytest.fixture
    def user(self):
        return get_user_model().objects.create_user("Ann")

    def is_welcome(self, identity):
        return permissions.is_still_welcome(identity, "chat", "staff")

    def test_is_who_was_let_in(self, user, staff_room):
        assert self.is_welcome(identify(user, None))

    def test_is_no_user_who_was_barred(self, user):
        identity = identify(user, None)
        user.is_active = False
        user.save()
        assert not self.is_welcome(identity)

    def test_is_no_user_who_is_gone(self, user):
        identity = identify(user, None)
        user.delete()
        assert not self.is_welcome(identity)

    def test_is_nobody_whom_the_function_does_not_let_any_more(self, user, settings):
        settings.CHARTROOM_PERMISSION = "tests.people.test_permissions.nobody_may"
        assert not self.is_welcome(identify(user, None)) and not self.is_welcome(GUEST)

    def test_is_a_user_whose_model_has_no_column_for_that(self, lobby, monkeypatch):
        monkeypatch.setattr(permissions, "get_user_model", lambda: Room)
        monkeypatch.setattr(Room, "is_active", True, raising=False)
        assert self.is_welcome(Identity("user:%d" % lobby.pk, "Ann", False))

    def test_guests_need_no_query(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert self.is_welcome(GUEST) and self.is_welcome(NOBODY)
