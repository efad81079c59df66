# coding: utf-8
from __future__ import unicode_literals

import pytest

from chartroom.errors import FrameError
from chartroom.sources.tail import frames
from chartroom.sources.tail.frames import Ping, Start

POSITION = "0123456789abcdef.17"


class TestFromTheClient:

    @pytest.mark.parametrize("text, frame", [
        ('{"type":"ping"}', Ping()),
        ('{"type":"ping","seq":5,"more":[]}', Ping()),
        ('{"type":"start","id":3,"position":null}', Start(3, None)),
        ('{"type":"start","id":0}', Start(0, None)),
        ('{"type":"start","id":3,"position":"%s"}' % POSITION, Start(3, POSITION)),
    ])
    def test_are_parsed(self, text, frame):
        assert frames.parse(text) == frame

    @pytest.mark.parametrize("text, code", [
        ("", "bad_frame"), ("{", "bad_frame"), ("[" * 4000, "bad_frame"), ("5", "unknown_type"), ("[]", "unknown_type"),
        ('{"type":["ping"]}', "unknown_type"), ('{"type":"stop"}', "unknown_type"), ("x" * 4097, "too_long"),
        ('{"type":"start"}', "bad_frame"), ('{"type":"start","id":true}', "bad_frame"), ('{"type":"start","id":-1}', "bad_frame"),
        ('{"type":"start","id":1.0}', "bad_frame"), ('{"type":"start","id":2147483648}', "bad_frame"),
        ('{"type":"start","id":1,"position":""}', "bad_frame"), ('{"type":"start","id":1,"position":17}', "bad_frame"),
        ('{"type":"start","id":1,"position":{"reply_channel":"x"}}', "bad_frame"),
    ], ids=lambda value: value[:40])
    def test_are_refused(self, text, code):
        with pytest.raises(FrameError) as error:
            frames.parse(text)
        assert error.value.code == code

    @pytest.mark.parametrize("text", [
        "0123456789abcdef", "0123456789abcdef.", "0123456789abcdef.-1", "0123456789abcdef.01", "0123456789ABCDEF.1", "0123456789abcde.1",
        "0123456789abcdef.1\n", "0123456789abcdef.٣", "../../etc/passwd", "0123456789abcdef." + "9" * 20, POSITION + " ", None, 5, b"x.1",
    ], ids=repr)
    def test_have_well_formed_positions(self, text):
        assert not frames.is_position(text)


def test_frames_are_bounded():
    pairs = [("x" * 100, number * 101) for number in range(1, 3001)]
    packed = list(frames.pack(pairs, 0))
    assert sum([entries for entries, _ in packed], []) == [entry for entry, _ in pairs]
    assert all(len(entries) * 101 <= frames.MAX_BYTES for entries, _ in packed)
    assert packed[-1][1] == 3000 * 101
    assert list(frames.pack([], 0)) == []
    assert [len(entries) for entries, _ in frames.pack([("big", 10 ** 7), ("next", 10 ** 7 + 5)], 0)] == [1, 1]
