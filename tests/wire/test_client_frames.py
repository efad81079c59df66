# coding: utf-8
from __future__ import unicode_literals

import json

import pytest

from chartroom.errors import FrameError
from chartroom.wire import client_frames
from chartroom.wire.client_frames import CatchUp, History, Outgoing, Ping, Send

EMOJI = "\U0001f600"  # one character, two UTF-16 code units


def parse(**frame):
    return client_frames.parse(json.dumps(frame))


def parse_one(**entry):
    return parse(type="send", messages=[entry])


def refusal(function, *args, **kwargs):
    """(code, ids) of a frame that is refused as a whole."""
    with pytest.raises(FrameError) as error:
        function(*args, **kwargs)
    assert error.value.detail
    return error.value.code, error.value.ids


def refused_in(send):
    """[(code, ids)] of the refused messages of a `Send`."""
    return [(error.code, error.ids) for error in send.refused]


class TestFrames:

    @pytest.mark.parametrize("text", [
        "", " ", "hello", "[]", "null", "17", '"send"', "{}", '{"type": null}', '{"type": ["send"]}', "{", "\ufeff{}", "\x00",
    ])
    def test_are_json_objects_with_a_type(self, text):
        assert refusal(client_frames.parse, text) == ("bad_frame", [])

    @pytest.mark.parametrize("kind", ["", "Send", "welcome", "__class__", "聊天"])
    def test_of_an_unknown_type_are_refused_with_the_known_types(self, kind):
        with pytest.raises(FrameError) as error:
            parse(type=kind)
        assert (error.value.code, error.value.detail) == ("unknown_type", "type: one of catch_up, history, ping, send.")

    def test_may_have_keys_that_this_version_does_not_know(self):
        assert parse(type="ping", seq=1, colour="red") == Ping(1)

    def test_have_a_largest_size(self):
        frame = '{"type": "ping", "seq": 1}'
        assert client_frames.parse(frame + " " * (262144 - len(frame))) == Ping(1)
        assert refusal(client_frames.parse, frame + " " * (262145 - len(frame))) == ("too_long", [])

    @pytest.mark.parametrize("text", ["[" * 100000, '{"a":' * 40000, "[" * 100000 + "]" * 100000], ids=["lists", "objects", "closed"])
    def test_nested_too_deep_are_refused(self, text):
        assert refusal(client_frames.parse, text) == ("bad_frame", [])


class TestNumbers:
    """``since``, ``before`` and ``seq``: 0 to the largest number of the database."""

    @pytest.mark.parametrize("number", [0, 1, 2 ** 53 + 1, 2 ** 63 - 1])
    def test_are_parsed_exactly(self, number):
        assert parse(type="catch_up", since=number) == CatchUp(number)
        assert parse(type="ping", seq=number) == Ping(number)
        assert parse(type="history", before=number) == History(number, None)

    @pytest.mark.parametrize("text", [
        "-1", "%d" % 2 ** 63, "9" * 20, "9" * 21, "9" * 200000, "-" + "9" * 200000, "1.0", "1e3", "1e400", "NaN", "Infinity",
        '"5"', "true", "null", "[]", "{}",
    ], ids=lambda text: text[:12])
    def test_are_nothing_else(self, text):
        assert refusal(client_frames.parse, '{"type": "catch_up", "since": %s}' % text) == ("bad_frame", [])

    @pytest.mark.parametrize("frame", [{"type": "catch_up"}, {"type": "ping"}, {"type": "history", "limit": 5}], ids=str)
    def test_are_required(self, frame):
        assert refusal(parse, **frame) == ("bad_frame", [])

    @pytest.mark.parametrize("digits, accepted", [(20, True), (21, False)])
    def test_with_too_many_digits_are_refused_for_every_key(self, digits, accepted):
        text = '{"type": "ping", "seq": 1, "other": %s}' % ("9" * digits)
        if accepted:
            assert client_frames.parse(text) == Ping(1)
        else:
            assert refusal(client_frames.parse, text) == ("bad_frame", [])

    def test_an_error_names_the_key(self):
        with pytest.raises(FrameError) as error:
            parse(type="history", before="x")
        assert error.value.detail == "before: a whole number from 0 to 9223372036854775807 is required."

    @pytest.mark.parametrize("limit, parsed", [(None, None), (0, 1), (1, 1), (10 ** 6, 10 ** 6)])
    def test_a_limit_is_at_least_one_and_bounded_by_the_history(self, limit, parsed):
        assert parse(type="history", before=9, limit=limit) == History(9, parsed)

    @pytest.mark.parametrize("limit", [-1, "5", 1.5, True])
    def test_a_limit_is_a_number(self, limit):
        assert refusal(parse, type="history", before=9, limit=limit) == ("bad_frame", [])


class TestSendFrames:

    def test_keep_their_order(self):
        send = parse(type="send", messages=[{"id": "b", "text": "1"}, {"id": "a", "text": "2"}])
        assert send == Send([Outgoing("b", "1"), Outgoing("a", "2")], [])

    def test_carry_only_id_and_text(self):
        assert parse_one(id="a", text="x", seq=9, author="root").messages == [Outgoing("a", "x")]

    @pytest.mark.parametrize("messages", [None, [], {}, "ab", 5], ids=str)
    def test_need_messages(self, messages):
        assert refusal(parse, type="send", messages=messages) == ("bad_frame", [])

    def test_have_at_most_fifty_messages(self):
        entries = [{"id": "m%d" % number, "text": "x"} for number in range(51)]
        assert len(parse(type="send", messages=entries[:50]).messages) == 50
        assert refusal(parse, type="send", messages=entries) == ("too_many", [entry["id"] for entry in entries])

    def test_with_too_many_messages_return_a_bounded_number_of_ids(self):
        entries = [None, {"id": 5}, {"id": "x" * 65}] + [{"id": "m%d" % number} for number in range(500)]
        code, ids = refusal(parse, type="send", messages=entries)
        assert code == "too_many" and ids == ["m%d" % number for number in range(97)]

    def test_invalid_messages_do_not_affect_the_others(self):
        send = parse(type="send", messages=[
            {"id": "a", "text": "good"}, None, {"id": "b", "text": ""}, {"text": "no id"}, {"id": "c", "text": "good too"},
        ])
        assert [outgoing.id for outgoing in send.messages] == ["a", "c"]
        assert refused_in(send) == [("bad_frame", []), ("empty", ["b"]), ("bad_frame", [])]
        assert send.refused[0].detail == "messages[1]: an object is required."
        assert send.refused[2].detail.startswith("messages[3].id: ")


class TestIds:

    @pytest.mark.parametrize("id", ["a", " ", "x" * 64, EMOJI * 64, "编号"], ids=["a", "space", "64", "64 emoji", "chinese"])
    def test_are_one_to_64_characters_and_not_stripped(self, id):
        assert parse_one(id=id, text="x").messages == [Outgoing(id, "x")]

    @pytest.mark.parametrize("id", [None, "", "x" * 65, EMOJI * 65, 5, ["a"], "a\x00", "\ud800"],
                             ids=["none", "empty", "65", "65 emoji", "number", "list", "nul", "half"])
    def test_are_nothing_else(self, id):
        assert refused_in(parse_one(id=id, text="x")) == [("bad_frame", [])]


class TestTexts:

    @pytest.mark.parametrize("text, kept", [
        ("hello", "hello"), ("  a  b\n", "a  b"), ("\u3000你好\u00a0", "你好"), ("a\nb\tc", "a\nb\tc"), ("\u200b", "\u200b"),
        ("x" * 4096, "x" * 4096), (" " + "x" * 4096 + " ", "x" * 4096), (EMOJI * 4096, EMOJI * 4096),
    ], ids=["plain", "stripped", "stripped of any space", "lines", "zero width", "4096", "4096 stripped", "4096 emoji"])
    def test_are_stripped(self, text, kept):
        assert parse_one(id="a", text=text).messages == [Outgoing("a", kept)]

    @pytest.mark.parametrize("text, code", [
        ("", "empty"), (" \n\t\u3000", "empty"), ("x" * 4097, "too_long"), (EMOJI * 4097, "too_long"),
        ("a\x00b", "bad_frame"), ("\x00", "bad_frame"), (None, "bad_frame"), (5, "bad_frame"), (["a"], "bad_frame"),
    ], ids=["empty", "spaces", "4097", "4097 emoji", "nul", "only nul", "none", "number", "list"])
    def test_are_refused_with_their_id(self, text, code):
        assert refused_in(parse_one(id="a", text=text)) == [(code, ["a"])]

    @pytest.mark.parametrize("escaped", [
        "\\ud800", "\\udc00", "a\\ud83d", "\\ude00a", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00",
    ])
    def test_with_half_a_surrogate_pair_are_refused(self, escaped):
        send = client_frames.parse('{"type": "send", "messages": [{"id": "a", "text": "%s"}]}' % escaped)
        assert refused_in(send) == [("bad_frame", ["a"])]

    def test_with_a_surrogate_pair_have_one_character(self):
        [outgoing] = client_frames.parse('{"type": "send", "messages": [{"id": "a", "text": "\\ud83d\\ude00"}]}').messages
        assert outgoing.text == EMOJI
        assert outgoing.text.encode("utf-8") == b"\xf0\x9f\x98\x80"


class TestRefusedAtOnce:

    @pytest.mark.parametrize("text", ["{", "", "hello", "[]", "1", '"x"', "null", "{]", "[" * 4000, "9" * 4000, "NaN"])
    def test_is_text_that_is_not_a_json_object(self, text):
        assert json.loads(client_frames.refuse_at_once(text))["code"] == "bad_frame"

    @pytest.mark.parametrize("text", ["{}", '{"type": "ping", "seq": 1}', '{"type": "start"}', '{"type": 5}', "{" * 5000])
    def test_is_nothing_else(self, text):
        assert client_frames.refuse_at_once(text) is None
