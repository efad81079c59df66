# coding: utf-8
from __future__ import unicode_literals

import sys

import pytest

from chartroom.wire import values

EMOJI = "\U0001f600"  # one character, two UTF-16 code units


class TestSequenceNumbersInAQueryString:

    @pytest.mark.parametrize("digits, number", [
        ("0", 0), ("007", 7), ("%d" % (2 ** 63 - 1), 2 ** 63 - 1), ("%d" % 2 ** 63, None), ("0" * 20, None), ("9" * 5000, None),
        ("", None), ("-1", None), ("+1", None), (" 1", None), ("1\n", None), ("1.0", None), ("٣", None), ("²", None),
    ], ids=lambda value: repr(value)[:12])
    def test_are_plain_digits(self, digits, number):
        assert values.parse_seq_digits(digits) == number


class TestCleanText:

    @pytest.mark.parametrize("text, clean", [
        ("", True), ("hello", True), (EMOJI, True), ("\uffff", True), ("\x00", False), ("a\ud800", False), ("\udfff", False),
    ], ids=repr)
    def test_is_what_every_database_can_store(self, text, clean):
        assert values.is_clean(text) is clean

    @pytest.mark.skipif(sys.version_info < (3,), reason="on a narrow build of Python 2.7, the pair is the character")
    def test_two_surrogate_characters_are_not_clean(self):
        assert not values.is_clean("\ud83d" + "\ude00")


@pytest.mark.parametrize("text, count", [("", 0), ("hello", 5), ("你好", 2), (EMOJI, 1), (EMOJI * 3, 3)], ids=repr)
def test_characters_are_code_points(text, count):
    assert values.count_characters(text) == count
