# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.sources.feeds.plain_text import one_line, text_of_html
from chartroom.wire.values import is_clean


class TestOneLine:

    @pytest.mark.parametrize("value, line", [
        ("a\r\n b\u2028c\td", "a b c d"), ("a\x00b\x1b[31mc\x85d", "a b [31mc d"), ("", ""), (" \x00 ", ""), ("日本", "日本"),
        (ValueError("é\n"), "é"), (b"\xc3\xa9", "é"), (5, "5"),
    ])
    def test_is_clean(self, value, line):
        assert one_line(value, 100) == line

    @pytest.mark.parametrize("value, line", [("\ud800", "\ufffd"), ("a\udc00b", "a\ufffdb"), ("\ud83d" + "\ude00", "\U0001f600")])
    def test_has_no_lone_surrogate(self, value, line):
        assert one_line(value, 100) == line and is_clean(one_line(value, 100))

    @pytest.mark.parametrize("character", "\u061c\u200e\u200f\u202a\u202e\u2066\u2069")
    def test_has_no_character_that_changes_the_direction(self, character):
        assert one_line("invoice%sfdp.exe" % character, 100) == "invoicefdp.exe"

    @pytest.mark.parametrize("most, line", [(9, "four five"), (8, "four fi…"), (6, "four…")])
    def test_is_cut_with_an_ellipsis(self, most, line):
        assert one_line("four five", most) == line


@pytest.mark.parametrize("html, text", [
    ("a<b>b</b>c", "abc"), ("<p>a<p>b", " a  b "), ("<script>a", ""), ("<title>x</title>a", "a"), ("&lt;b&gt;", "<b>"), ("<a\x00b>c", " c "),
])
def test_html_is_parsed_as_in_a_browser(html, text):
    assert text_of_html(html) == text
