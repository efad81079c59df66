# coding: utf-8
from __future__ import unicode_literals

import json

import pytest
from six.moves.urllib.parse import urlencode

from chartroom.sources.webhooks import payload
from chartroom.sources.webhooks.refusals import Rejected
from chartroom.wire import limits, values

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def read(value, content_type=JSON):
    body = value if isinstance(value, bytes) else json.dumps(value).encode("utf-8")
    return payload.read(body, content_type)


def refused(value, content_type=JSON):
    """``(code, the key that it is about)``."""
    with pytest.raises(Rejected) as caught:
        read(value, content_type)
    assert caught.value.status == 422
    return caught.value.code, caught.value.detail.partition(":")[0]


class TestSlack:

    def test_a_text(self):
        assert read({"text": " deployed 🚀 "}) == ("deployed 🚀", None)

    def test_the_rest_is_data(self):
        assert read({"text": "a", "username": "root", "icon_emoji": ":x:"}) == (
            "a", {"payload": {"username": "root", "icon_emoji": ":x:"}})

    def test_as_a_form(self):
        body = urlencode({"payload": json.dumps({"text": "发布", "status": "ok"}), "more": "x"}).encode("ascii")
        assert read(body, FORM) == ("发布", {"status": "ok"})

    def test_json_that_curl_calls_a_form(self):
        assert read(b' {"text": "a=b&c"}', FORM) == ("a=b&c", None)

    def test_a_byte_order_mark_is_ignored(self):
        assert read(b'\xef\xbb\xbf{"text": "a"}') == ("a", None)


class TestEvent:

    def test_its_type_is_the_text(self):
        assert read({"type": "build.done", "timestamp": "2026-01-31T12:00:00Z", "data": {"n": 1}}) == (
            "build.done",
            {"type": "build.done", "payload": {"timestamp": "2026-01-31T12:00:00Z", "data": {"n": 1}}})

    @pytest.mark.parametrize("key", ["text", "message"])
    def test_with_the_text_or_message_of_its_data(self, key):
        assert read({"type": "build.done", "data": {key: "All green"}})[0] == "build.done: All green"

    @pytest.mark.parametrize("value", ["", "  ", 5, None, ["x"], {"text": "x"}])
    def test_but_no_other_values(self, value):
        assert read({"type": "build.done", "data": {"text": value}})[0] == "build.done"

    @pytest.mark.parametrize("data", [None, [], "x", 5])
    def test_data_of_any_kind(self, data):
        assert read({"type": "build.done", "data": data})[0] == "build.done"

    def test_a_text_beside_it_is_preferred(self):
        assert read({"type": "build.done", "text": "hello"}) == ("hello", {"type": "build.done"})

    def test_too_long_a_text_is_cut_and_complete_in_the_data(self):
        text, data = read({"type": "log", "data": {"message": "x" * 5000}})
        assert len(text) == limits.MAX_TEXT and text.endswith("x…")
        assert data["payload"]["data"]["message"] == "x" * 5000

    def test_cutting_leaves_no_lone_surrogate(self):
        text, data = read({"type": "log", "data": {"message": "x" + "😀" * 5000}})
        assert values.is_clean(text) and text.endswith("😀…")


class TestShown:

    WHOLE = {"status": "success", "url": "https://ci.example/7", "version": "1.2.3", "environment": "staging"}

    def test_what_the_page_shows(self):
        assert read(dict(self.WHOLE, text="a")) == ("a", self.WHOLE)

    def test_from_an_event_s_data_too(self):
        data = read({"type": "deploy.done", "data": self.WHOLE})[1]
        assert data == dict(self.WHOLE, type="deploy.done", payload={"data": self.WHOLE})

    def test_the_payload_s_own_before_its_data_s(self):
        assert read({"text": "a", "status": "failed", "data": {"status": "ok"}})[1]["status"] == "failed"

    @pytest.mark.parametrize("url", [
        "javascript:alert(1)", "data:text/html,x", "//ci.example", "ci.example", "ftp://ci.example", "http://",
        "https://ci.example/a b", " javascript:alert(1)", "https://ci.example/" + "x" * 2000, 5, None,
        "java\nscript:alert(1)", {"href": "https://ci.example"},
    ])
    def test_only_http_urls(self, url):
        text, data = read({"text": "a", "url": url})
        assert data == {"payload": {"url": url}}

    @pytest.mark.parametrize("value", [True, 1, None, "", " ", [], {"a": 1}, "x" * 65, "a\x00", "\ud800"])
    @pytest.mark.parametrize("key", ["status", "version", "environment"])
    def test_only_short_texts(self, key, value):
        assert key not in (read({"text": "a", key: value})[1] or {})

    def test_on_one_line(self):
        assert read({"text": "a", "version": " 1.2\n 3 "})[1] == {"version": "1.2 3"}


class TestData:

    @pytest.mark.parametrize("key", ["removed", "payload", "incomplete", "data"])
    def test_keys_with_a_meaning_in_chartroom_have_none_in_a_payload(self, key):
        assert read({"text": "a", key: True}) == ("a", {"payload": {key: True}})

    def test_too_much_of_it_is_left_out_and_marked_incomplete(self):
        assert read({"text": "a", "status": "ok", "log": "x" * limits.MAX_DATA}) == (
            "a", {"status": "ok", "incomplete": True})

    def test_as_much_as_fits(self):
        room = limits.MAX_DATA - len(json.dumps({"payload": {"log": ""}}))
        assert read({"text": "a", "log": "x" * room})[1] == {"payload": {"log": "x" * room}}
        assert read({"text": "a", "log": "x" * (room + 1)})[1] == {"incomplete": True}

    def test_invalid_unicode_is_left_out(self):
        assert read(b'{"text": "a", "cut": "\\ud83d"}') == ("a", {"incomplete": True})
        assert read(b'{"text": "a", "\\ud83d": 1}') == ("a", {"incomplete": True})

    @pytest.mark.parametrize("depth, kept", [(18, True), (19, False), (200, False)])
    @pytest.mark.parametrize("opened, closed", [("[", "]"), ('{"a":', "}")])
    def test_what_is_nested_too_deep_is_left_out(self, depth, kept, opened, closed):
        body = '{"text": "a", "tree": %s1%s}' % (opened * depth, closed * depth)
        assert ("incomplete" not in read(body.encode("ascii"))[1]) == kept

    def test_a_number_that_is_too_large_is_left_out(self):
        assert read(b'{"text": "a", "n": 1e999}') == ("a", {"incomplete": True})


class TestRefused:

    @pytest.mark.parametrize("text, code", [
        ("", "empty"), (" \n", "empty"), ("x" * 4097, "too_long"), ("a\x00", "bad_body"), ("\ud800", "bad_body"),
        (5, "bad_body"), (True, "bad_body"), ([], "bad_body"), ({"a": 1}, "bad_body"),
    ], ids=lambda value: repr(value)[:12])
    def test_a_text(self, text, code):
        assert refused({"text": text}) == (code, "text")

    @pytest.mark.parametrize("value", [
        {}, {"text": None}, {"username": "x"}, {"type": ""}, {"type": " "}, {"type": 5}, {"type": None}, {"attachments": []},
    ], ids=str)
    def test_neither_text_nor_event(self, value):
        assert refused(value) == ("bad_body", "text")

    @pytest.mark.parametrize("body", [
        b"", b"{", b"hello", b"[]", b'"text"', b"5", b"null", b'{"text": "\xff"}', b"\xff\xfe{\x00", b'{"text": NaN}',
        b'{"a":' * 5000, b"[" * 60000, b'{"text": "a", "n": %s}' % (b"9" * 60000), b"payload=%7B%7D",
    ], ids=lambda body: repr(body)[:20])
    def test_a_body_that_is_not_an_object(self, body):
        assert refused(body)[0] == "bad_body"

    @pytest.mark.parametrize("body", [
        b"", b"text=hello", b"payload", b"payload=", b"payload=hello", b"payload=%5B%5D", b"payload=\xff", b"&" * 60000,
        b"a&" * 30000,
    ], ids=lambda body: repr(body)[:20])
    def test_a_form_without_it(self, body):
        assert refused(body, FORM)[0] == "bad_body"

    @pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data", "application/xml"])
    def test_other_types_are_read_as_json(self, content_type):
        assert read({"text": "a"}, content_type) == ("a", None)
        assert refused(b"--x\r\n", content_type)[0] == "bad_body"
