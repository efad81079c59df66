# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.people.names import is_visible, normal, skeletons


def look_alike(one, other):
    return bool(skeletons(normal(one)) & skeletons(normal(other)))


@pytest.mark.parametrize("name, form", [
    ("  Ada   Lovelace ", "Ada Lovelace"), ("ａｌｉｃｅ", "alice"), ("ﬁona", "fiona"), ("e\u0301", "é"), ("Ada\u00a0L", "Ada L"),
    ("聊天室", "聊天室"), ("①", "1"), ("", ""), ("\u3000", ""),
])
def test_a_name_is_normalized(name, form):
    assert normal(name) == form


@pytest.mark.parametrize("name", [
    "Ada", "聊天", "Зоя", "Zoë", "אדם", "สมชาย", "नमस्ते", "😀", "👍 yes", "O'Brien-Smith", "Nguyễn", "a.b_c@d",
])
def test_names_of_all_scripts_are_visible(name):
    assert is_visible(normal(name))


@pytest.mark.parametrize("character", [
    "\u034f", "\u3164", "\uffa0", "\u115f", "\u200b", "\u200d", "\u200e", "\u202e", "\u2066", "\u2069", "\u061c", "\u00ad", "\ufeff",
    "\ufe0f", "\u2800", "\u0000", "\u001b", "\u007f", "\u0085", "\u2028", "\ue000", "\U000e0041", "\U0001d173", "\u180e", "\uffff",
])
@pytest.mark.parametrize("name", ["%s", "ali%sce", "alice%s"])
def test_an_invisible_character_is_detected(name, character):
    assert not is_visible(name % character)


def test_letters_with_many_marks_are_detected():
    assert not is_visible("a" + "\u0335" * 10)


@pytest.mark.parametrize("name", [
    "alice", "Alice", "ALICE", "аlice", "alісе", "ａｌｉｃｅ", "aIice", "a1ice", "a|ice", "ɑlice", "𝐚𝐥𝐢𝐜𝐞", "al\u0456ce", "álice", "ali ce",
])
def test_names_that_look_alike(name):
    assert look_alike(name, "alice")


@pytest.mark.parametrize("one, other", [("rnary", "mary"), ("B0B", "bob"), ("аdmin", "admin"), ("ѕуѕtеm", "system")])
def test_other_names_that_look_alike(one, other):
    assert look_alike(one, other)


@pytest.mark.parametrize("one, other", [
    ("alice", "alicia"), ("bob", "rob"), ("聊天", "聊夭"), ("Зоя", "Зоe"), ("ann", "anna"), ("", "a"), ("👍", "👎"),
])
def test_names_that_differ_do_not_look_alike(one, other):
    assert not look_alike(one, other)
