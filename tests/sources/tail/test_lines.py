# coding: utf-8
"""``chartroom.sources.tail.lines``: bytes in, lines out."""
from __future__ import unicode_literals

import random

import pytest

from chartroom.sources.tail.lines import MAX_LINE, Lines

LONG = MAX_LINE


def fed(*parts, **how):
    """The entries for each part, without the offsets."""
    lines = Lines(**dict({"offset": 0}, **how))
    return [[entry for entry, _ in lines.feed(part)] for part in parts]


def text_of(entries):
    """The complete lines, joined as a page does."""
    lines = []
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {"text": entry}
        if entry.get("joins") and lines:
            lines[-1] += entry["text"]
        else:
            lines.append(entry["text"])
    return lines


class TestEnds:

    def test_a_line_is_emitted_when_it_is_complete(self):
        assert fed(b"one\ntw", b"o\n", b"\n") == [["one"], ["two"], [""]]

    def test_a_carriage_return_is_removed(self):
        assert fed(b"one\r\ntwo\r", b"\na\rb\n") == [["one"], ["two", "a\rb"]]

    def test_each_line_has_the_offset_after_it(self):
        lines = Lines(100)
        assert lines.feed(b"one\r\n\nthr") == [("one", 105), ("", 106)]
        assert lines.offset == 106

    def test_other_separators_of_unicode_are_part_of_a_line(self):
        assert fed("a\u2028b\x85c\x0bd\n".encode("utf-8")) == [["a\u2028b\x85c\x0bd"]]


class TestText:

    def test_a_character_split_over_two_reads_is_decoded(self):
        data = "聊天室 😀\n".encode("utf-8")
        assert sum(fed(*[data[at:at + 1] for at in range(len(data))]), []) == ["聊天室 😀"]

    @pytest.mark.parametrize("data, text", [
        (b"caf\xe9 au lait", "caf\ufffd au lait"), (b"\xff\xfe", "\ufffd\ufffd"), (b"cut \xe8\x81", "cut \ufffd"), (b"a\x00b", "a\x00b"),
    ])
    def test_invalid_utf_8_is_replaced(self, data, text):
        assert fed(data + b"\n") == [[text]]

    @pytest.mark.parametrize("data", [b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xed\xa0\xbd\xed\xb8\x80"])
    def test_encoded_surrogates_are_replaced(self, data):
        [[text]] = fed(b"<" + data + b">\n")
        assert set(text) == set("<\ufffd>")


class TestLongLines:

    def test_the_beginning_is_emitted_and_the_rest_counted(self):
        [[entry]] = fed(b"x" * (LONG + 5) + b"\n")
        assert entry == {"text": "x" * LONG, "cut": 5}

    def test_one_of_the_maximum_length_is_not_cut(self):
        assert fed(b"x" * LONG + b"\r\n") == [["x" * LONG]]
        assert fed(b"x" * LONG, b"\n") == [[], ["x" * LONG]]

    def test_one_of_ten_megabytes_is_not_kept_in_memory(self):
        lines, most, pairs = Lines(0), 0, []
        for _ in range(160):
            pairs += lines.feed(b"y" * 65536)
            most = max(most, len(lines.rest))
        pairs += lines.feed(b"\nnext\n")
        assert most <= LONG
        assert [entry for entry, _ in pairs] == [
            "y" * LONG, {"text": "", "joins": True, "cut": 160 * 65536 - LONG}, "next"]
        assert pairs[-1][1] == lines.offset == 160 * 65536 + 6

    def test_no_character_is_cut_in_two(self):
        [[entry]] = fed(b"x" + "聊".encode("utf-8") * LONG + b"\n")
        assert entry["text"] == "x" + "聊" * ((LONG - 1) // 3)
        assert entry["cut"] + len(entry["text"].encode("utf-8")) == 1 + 3 * LONG

    def test_parts_of_one_have_the_same_maximum_together(self):
        lines = Lines(0)
        pairs = []
        for _ in range(20):
            pairs += lines.feed(b"z" * 1000) + lines.flush()
        pairs += lines.feed(b"\n")
        assert text_of([entry for entry, _ in pairs]) == ["z" * LONG]
        assert pairs[-1][0]["cut"] == 20000 - LONG


class TestUnfinished:

    def test_is_emitted_and_joined_by_its_end(self):
        lines = Lines(10)
        assert lines.feed(b"50") == []
        assert lines.flush() == [("50", 12)]
        assert lines.flush() == []
        assert lines.feed(b" %\nnext\n") == [({"text": " %", "joins": True}, 15), ("next", 20)]

    def test_is_joined_by_a_line_feed_alone(self):
        lines = Lines(0)
        lines.feed(b"50")
        lines.flush()
        assert lines.feed(b"\nx\n") == [({"text": "", "joins": True}, 3), ("x", 5)]

    @pytest.mark.parametrize("rest", [b"\r", b"\xe8\x81", b"\xf0\x9f\x98"])
    def test_an_incomplete_character_waits(self, rest):
        lines = Lines(0)
        lines.feed(b"ab" + rest)
        assert lines.flush() == [("ab", 2)]
        assert lines.flush() == []
        assert lines.rest == rest

    def test_is_emitted_completely_by_finish(self):
        lines = Lines(0)
        lines.feed(b"a\nlast \xe8\x81")
        assert lines.finish() == [("last \ufffd", 9)]
        assert Lines(5).finish() == []

    def test_the_rest_of_a_long_one_is_counted_by_finish(self):
        lines = Lines(0)
        lines.feed(b"x" * (LONG + 7))
        assert lines.finish() == [({"text": "", "joins": True, "cut": 7}, LONG + 7)]

    def test_is_continued_after_a_part_that_was_shown(self):
        assert fed(b"rest\nnext\n", offset=4, shown=4) == [[{"text": "rest", "joins": True}, "next"]]
        assert fed(b"rest\nnext\n", offset=LONG + 9, shown=LONG) == [[{"text": "", "joins": True, "cut": 4}, "next"]]


def test_the_result_does_not_depend_on_how_it_is_fed():
    rng = random.Random(7)
    text = "".join(rng.choice(["a", "聊", "😀", "\n", "\r\n", "\r", "word "]) for _ in range(3000))
    data = text.encode("utf-8")
    whole = Lines(0)
    expected = text_of([entry for entry, _ in whole.feed(data) + whole.finish()])
    for _ in range(30):
        lines, pairs, at = Lines(0), [], 0
        while at < len(data):
            count = rng.randint(1, 200)
            pairs += lines.feed(data[at:at + count])
            at += count
            if rng.random() < 0.3:
                pairs += lines.flush()
            assert lines.offset + len(lines.rest) == min(at, len(data))
        pairs += lines.finish()
        assert text_of([entry for entry, _ in pairs]) == expected
        offsets = [offset for _, offset in pairs]
        assert offsets == sorted(set(offsets)) and offsets[-1] == len(data)
