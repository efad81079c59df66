# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.cache import cache

from chartroom.people import room_names
from chartroom.people.identity import NOBODY, Identity


def name_of(key, name="Bo", room="lobby"):
    return room_names.name_in("chat", room, Identity("guest:" + key, name, True))


@pytest.mark.parametrize("name", ["Bo", "bo", "BO", "Во", "Bó"], ids=["same", "lower", "upper", "cyrillic", "accent"])
def test_the_second_guest_of_a_name_or_of_one_that_looks_like_it_has_a_number(name):
    assert (name_of("k1"), name_of("k2", name)) == ("Bo", name + " (2)")


def test_the_third_has_the_next_number():
    assert [name_of("k%d" % number) for number in (1, 2, 3)] == ["Bo", "Bo (2)", "Bo (3)"]


def test_the_same_guest_has_the_same_name_in_each_tab():
    assert [name_of("k1"), name_of("k2"), name_of("k1"), name_of("k2")] == ["Bo", "Bo (2)", "Bo", "Bo (2)"]


def test_other_rooms_are_independent():
    assert [name_of("k1"), name_of("k2", room="other")] == ["Bo", "Bo"]


def test_a_guest_who_has_left_frees_the_name():
    name_of("k1")
    cache.clear()  # as when the claim expires
    assert name_of("k2") == "Bo"


def test_a_claim_is_kept_by_pings(monkeypatch):
    claims = []
    monkeypatch.setattr(room_names.cache, "set", lambda key, value, seconds: claims.append((value, seconds)))
    name_of("k1")
    room_names.renew("chat", "lobby", "Bo", "guest:k1")
    assert {value for value, _ in claims} == {"guest:k1"} and {seconds for _, seconds in claims} == {75}


def test_users_and_nobody_keep_theirs():
    ann = Identity("user:1", "ann", False)
    for identity in (ann, NOBODY, ann, NOBODY):
        assert room_names.name_in("chat", "lobby", identity) == identity.author
        room_names.renew("chat", "lobby", identity.author, identity.sender)
    assert not cache._cache


def test_without_a_cache_names_stay_as_they_are(monkeypatch):
    def unavailable(*args):
        raise IOError("Redis is away")
    monkeypatch.setattr(room_names.cache, "add", unavailable)
    assert [name_of("k1"), name_of("k2")] == ["Bo", "Bo"]
    room_names.renew("chat", "lobby", "Bo", "guest:k1")
