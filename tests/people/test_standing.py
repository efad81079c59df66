# coding: utf-8
from __future__ import unicode_literals

from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.utils import timezone

from chartroom.models import Room
from chartroom.people import standing
from chartroom.people.identity import GUEST_SESSION_KEY
from chartroom.people.standing import Standing

# With signed cookies the session is in the cookie: the server can't end it.
ENGINES = ["django.contrib.sessions.backends." + name for name in ("db", "cached_db", "cache", "file", "signed_cookies")]
SIGNED_COOKIES = ENGINES[-1]

pytestmark = pytest.mark.django_db


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.rsplit(".", 1)[1])
def engine(request, settings, tmpdir):
    settings.SESSION_ENGINE = request.param
    settings.SESSION_FILE_PATH = str(tmpdir)
    return request.param


@pytest.fixture
def ann():
    return get_user_model().objects.create_user("ann", password="one")


def new_session(settings, **data):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.update(data)
    session.save()
    return session


def logged_in(settings, user):
    return new_session(settings, **{
        SESSION_KEY: "%s" % user.pk, HASH_SESSION_KEY: user.get_session_auth_hash(),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend"})


def is_valid(sender, session):
    key = session if session is None else session.session_key
    return Standing([(sender, key)]).is_valid(sender, key)


def sender_of(user):
    return "user:%d" % user.pk


def test_a_user_is_valid_while_logged_in(engine, settings, ann):
    assert is_valid(sender_of(ann), logged_in(settings, ann))


def test_a_session_that_was_deleted_is_not(engine, settings, ann):
    session, sender = logged_in(settings, ann), sender_of(ann)
    key = session.session_key
    session.delete()
    assert Standing([(sender, key)]).is_valid(sender, key) == (engine == SIGNED_COOKIES)


def test_a_session_from_before_a_changed_password_is_not(engine, settings, ann):
    session = logged_in(settings, ann)
    ann.set_password("two")
    ann.save()
    assert not is_valid(sender_of(ann), session)


def test_an_inactive_user_is_not(engine, settings, ann):
    session = logged_in(settings, ann)
    get_user_model().objects.update(is_active=False)
    assert not is_valid(sender_of(ann), session)
    assert not is_valid(sender_of(ann), None)


def test_a_deleted_user_is_not(engine, settings, ann):
    session, sender = logged_in(settings, ann), sender_of(ann)
    ann.delete()
    assert not is_valid(sender, session)


def test_a_session_of_another_user_is_not(engine, settings, ann):
    bob = get_user_model().objects.create_user("bob")
    assert not is_valid(sender_of(ann), logged_in(settings, bob))


def test_a_guest_is_valid_while_the_session_has_the_guest(engine, settings):
    session = new_session(settings, **{GUEST_SESSION_KEY: {"key": "k1", "name": "Bo"}})
    assert is_valid("guest:k1", session)
    assert not is_valid("guest:k2", session)
    assert not is_valid("guest:k1", new_session(settings, other=1))


def test_a_guest_who_has_logged_in_is_not(settings, ann):
    session = logged_in(settings, ann)
    session[GUEST_SESSION_KEY] = {"key": "k1", "name": "Bo"}
    session.save()
    assert not is_valid("guest:k1", session)


def test_an_expired_session_is_not(settings, ann):
    session = logged_in(settings, ann)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_valid(sender_of(ann), session)


def test_a_user_without_a_session_is_judged_by_the_user(ann):
    assert is_valid(sender_of(ann), None)


def test_nobody_is_always_valid(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert is_valid("", None)


def test_a_model_may_have_no_column_is_active(lobby, monkeypatch):
    monkeypatch.setattr(standing, "get_user_model", lambda: Room)
    monkeypatch.setattr(Room, "is_active", True, raising=False)
    assert is_valid("user:%d" % lobby.pk, None)


@pytest.mark.parametrize("name", ["db", "cached_db"])
def test_many_are_two_queries(settings, django_assert_num_queries, name):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends." + name
    users = [get_user_model().objects.create_user("user%d" % number) for number in range(20)]
    pairs = [(sender_of(user), logged_in(settings, user).session_key) for user in users]
    with django_assert_num_queries(2):
        standings = Standing(pairs)
        assert all(standings.is_valid(*pair) for pair in pairs)
