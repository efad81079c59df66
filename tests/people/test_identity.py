# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.contrib.auth.models import AnonymousUser

from chartroom.models import ChatMessage
from chartroom.people.identity import NOBODY, BadName, Identity, identify, name_guest

GUEST = Identity("guest:k1", "Bo", True)


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
    def test_nobody_without_a_user_and_a_guest(self, user, session):
        assert identify(user, session) == NOBODY == Identity("", "anonymous", True)

    def test_nobody_for_an_inactive_user(self, django_user_model, db):
        user = django_user_model.objects.create_user("Ann")
        assert identify(user, {}).sender == "user:%d" % user.pk
        user.is_active = False
        assert identify(user, {}) == NOBODY

    def test_a_name_is_truncated_to_its_column(self):
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
    def test_refuses_an_empty_too_long_or_invisible_name(self, name):
        session = {}
        with pytest.raises(BadName):
            name_guest(session, name)
        assert session == {}

    @pytest.mark.parametrize("name", [
        "admin", "ADMIN", "аdmin", "adrnin", "System", "ѕystem", "ａｄｍｉｎ", "al l", "anonymous", "chartroom",
    ])
    def test_refuses_a_reserved_name_and_those_that_look_like_it(self, name):
        with pytest.raises(BadName) as error:
            name_guest({}, name)
        assert "taken" in str(error.value)

    def test_a_project_can_reserve_other_names(self, settings):
        settings.CHARTROOM_RESERVED_NAMES = ["boss"]
        name_guest({}, "admin")
        with pytest.raises(BadName):
            name_guest({}, "B0SS")

    @pytest.mark.parametrize("name", ["alice", "аlice", "a\u034flice", "ａｌｉｃｅ", "aIice", "a1ice", "álice", "ALICE"])
    def test_refuses_a_name_that_looks_like_a_users(self, name, django_user_model):
        django_user_model.objects.create_user("Alice")
        with pytest.raises(BadName):
            name_guest({}, name)

    @pytest.mark.parametrize("name", ["\u3164", "\uffa0", "a\u034f", "\u2800", "a" + "\u0335" * 9])
    def test_refuses_invisible_characters(self, name):
        with pytest.raises(BadName):
            name_guest({}, name)

    def test_keeps_the_normal_form(self):
        session = {}
        name_guest(session, "ｂｏｂ  ﬁsher")
        assert identify(None, session).author == "bob fisher"

    @pytest.mark.parametrize("name", ["ann", "ANN", " Ann "])
    def test_refuses_a_users(self, name, django_user_model):
        django_user_model.objects.create_user("Ann")
        with pytest.raises(BadName) as error:
            name_guest({}, name)
        assert "taken" in str(error.value)

    @pytest.mark.parametrize("name", ["An_", "A%"])
    def test_does_not_interpret_a_name_as_a_pattern(self, name, django_user_model):
        django_user_model.objects.create_user("Ann")
        name_guest({}, name)

    def test_a_new_name_keeps_the_key_and_each_guest_has_its_own(self):
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
