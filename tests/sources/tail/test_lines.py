# coding: utf-8
"""``chartroom.sources.tail.lines``: bytes in, lines out."""
from __future__ import unicode_literals

import random

import pytest

from chartroom.sources.tail.lines import MAX_LINE, Lines

LONG = MAX_LINE


def fed(*parts, **how):
    """What each part gives, without the offsets."""
    lines = Lines(**dict({"offset": 0}, **how))
    return [[entry for entry, _ in lines.feed(part)] for part in parts]


def text_of(entries):
    """Pieces put together, as a page does."""
    lines = []
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {"text": entry}
        if entry.get("joins") and lines:
            lines[-1] += entry["text"]
        else:
            lines.append(entry["text"])
    return lines


class TestEnds:

    def test_a_line_is_told_when_its_end_has_come(self):
        assert fed(b"one\ntw", b"o\n", b"\n") == [["one"], ["two"], [""]]

    def test_a_carriage_return_before_it_is_no_part_of_the_line(self):
        assert fed(b"one\r\ntwo\r", b"\na\rb\n") == [["one"], ["two", "a\rb"]]

    def test_each_line_comes_with_the_offset_behind_it(self):
        lines = Lines(100)
        assert lines.feed(b"one\r\n\nthr") == [("one", 105), ("", 106)]
        assert lines.offset == 106

    def test_other_separators_of_unicode_are_part_of_a_line(self):
        assert fed("a\u2028b\x85c\x0bd\n".encode("utf-8")) == [["a\u2028b\x85c\x0bd"]]


class TestText:

    def test_a_character_whose_bytes_come_apart_stays_whole(self):
        data = "聊天室 😀\n".encode("utf-8")
        assert sum(fed(*[data[at:at + 1] for at in range(len(data))]), []) == ["聊天室 😀"]

    @pytest.mark.parametrize("data, text", [
        (b"caf\xe9 au lait", "caf\ufffd au lait"), (b"\xff\xfe", "\ufffd\ufffd"), (b"cut \xe8\x81", "cut \ufffd"), (b"a\x00b", "a\x00b"),
    ])
    def test_what_is_no_utf_8_is_replaced(self, data, text):
        assert fed(data + b"\n") == [[text]]

    @pytest.mark.parametrize("data", [b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xed\xa0\xbd\xed\xb8\x80"])
    def test_halves_of_surrogate_pairs_are_no_text(self, data):
        [[text]] = fed(b"<" + data + b">\n")
        assert set(text) == set("<\ufffd>")


class TestLongLines:

    def test_the_beginning_is_told_and_the_rest_counted(self):
        [[entry]] = fed(b"x" * (LONG + 5) + b"\n")
        assert entry == {"text": "x" * LONG, "cut": 5}

    def test_one_that_just_fits_is_whole(self):
        assert fed(b"x" * LONG + b"\r\n") == [["x" * LONG]]
        assert fed(b"x" * LONG, b"\n") == [[], ["x" * LONG]]

    def test_one_of_ten_megabytes_is_never_held(self):
        lines, most, told = Lines(0), 0, []
        for _ in range(160):
            told += lines.feed(b"y" * 65536)
            most = max(most, len(lines.rest))
        told += lines.feed(b"\nnext\n")
        assert most <= LONG
        assert [entry for entry, _ in told] == [
            "y" * LONG, {"text": "", "joins": True, "cut": 160 * 65536 - LONG}, "next"]
        assert told[-1][1] == lines.offset == 160 * 65536 + 6

    def test_no_character_is_cut_in_two(self):
        [[entry]] = fed(b"x" + "聊".encode("utf-8") * LONG + b"\n")
        assert entry["text"] == "x" + "聊" * ((LONG - 1) // 3)
        assert entry["cut"] + len(entry["text"].encode("utf-8")) == 1 + 3 * LONG

    def test_pieces_of_one_are_not_longer_together(self):
        lines = Lines(0)
        told = []
        for _ in range(20):
            told += lines.feed(b"z" * 1000) + lines.flush()
        told += lines.feed(b"\n")
        assert text_of([entry for entry, _ in told]) == ["z" * LONG]
        assert told[-1][0]["cut"] == 20000 - LONG


class TestWithoutAnEnd:

    def test_what_stands_there_is_told_and_its_end_joins_it(self):
        lines = Lines(10)
        assert lines.feed(b"50") == []
        assert lines.flush() == [("50", 12)]
        assert lines.flush() == []
        assert lines.feed(b" %\nnext\n") == [({"text": " %", "joins": True}, 15), ("next", 20)]

    def test_an_end_alone_joins_too(self):
        lines = Lines(0)
        lines.feed(b"50")
        lines.flush()
        assert lines.feed(b"\nx\n") == [({"text": "", "joins": True}, 3), ("x", 5)]

    @pytest.mark.parametrize("rest", [b"\r", b"\xe8\x81", b"\xf0\x9f\x98"])
    def test_the_beginning_of_something_waits(self, rest):
        lines = Lines(0)
        lines.feed(b"ab" + rest)
        assert lines.flush() == [("ab", 2)]
        assert lines.flush() == []
        assert lines.rest == rest

    def test_where_no_end_will_come_all_is_told(self):
        lines = Lines(0)
        lines.feed(b"a\nlast \xe8\x81")
        assert lines.finish() == [("last \ufffd", 9)]
        assert Lines(5).finish() == []

    def test_of_a_long_one_the_rest_is_counted_then(self):
        lines = Lines(0)
        lines.feed(b"x" * (LONG + 7))
        assert lines.finish() == [({"text": "", "joins": True, "cut": 7}, LONG + 7)]

    def test_who_has_seen_a_part_is_told_the_rest(self):
        assert fed(b"rest\nnext\n", offset=4, shown=4) == [[{"text": "rest", "joins": True}, "next"]]
        assert fed(b"rest\nnext\n", offset=LONG + 9, shown=LONG) == [[{"text": "", "joins": True, "cut": 4}, "next"]]


def test_however_it_is_fed_it_says_the_same():
    rng = random.Random(7)
    text = "".join(rng.choice(["a", "聊", "😀", "\n", "\r\n", "\r", "word "]) for _ in range(3000))
    data = text.encode("utf-8")
    whole = Lines(0)
    expected = text_of([entry for entry, _ in whole.feed(data) + whole.finish()])
    for _ in range(30):
        lines, told, at = Lines(0), [], 0
        while at < len(data):
            count = rng.randint(1, 200)
            told += lines.feed(data[at:at + count])
            at += count
            if rng.random() < 0.3:
                told += lines.flush()
            assert lines.offset + len(lines.rest) == min(at, len(data))
        told += lines.finish()
        assert text_of([entry for entry, _ in told]) == expected
        offsets = [offset for _, offset in told]
        assert offsets == sorted(set(offsets)) and offsets[-1] == len(data)
