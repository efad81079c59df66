# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from chartroom.conf import conf

FEED = {"url": "http://example.org/feed", "room": "news"}

WRONG = [
    ({"url": ""}, "must have a url"), ({"url": None}, "must have a url"), ({"room": " "}, "must have a room"),
    ({"room": 5}, "must have a room"), ({"namespace": ""}, "must have a namespace"), ({"every": 0}, "1 to 86400"),
    ({"every": 86401}, "1 to 86400"), ({"every": "5"}, "1 to 86400"), ({"every": True}, "1 to 86400"), ({"evry": 5}, "unknown key evry"),
]


def error_of(value):
    with override_settings(CHARTROOM_FEEDS=value), pytest.raises(ImproperlyConfigured) as caught:
        conf.FEEDS
    return str(caught.value)


def test_each_feed_has_its_values_or_the_defaults():
    with override_settings(CHARTROOM_FEEDS=[FEED, dict(FEED, every=86400, namespace="chat")]):
        assert conf.FEEDS == [
            {"url": FEED["url"], "room": "news", "every": 5, "namespace": "blog"},
            {"url": FEED["url"], "room": "news", "every": 86400, "namespace": "chat"}]


@pytest.mark.parametrize("changes, cause", WRONG, ids=lambda value: str(value))
def test_an_invalid_value_is_reported_with_its_position(changes, cause):
    text = error_of([FEED, dict(FEED, **changes)])
    assert "CHARTROOM_FEEDS" in text and "number 2" in text and cause in text


@pytest.mark.parametrize("value", [None, "http://example.org/feed", FEED, 5])
def test_the_setting_must_be_a_list(value):
    assert "must be a list of feeds" in error_of(value)


@pytest.mark.parametrize("value", ["http://example.org/feed", None, [], 5])
def test_a_feed_must_be_a_dict(value):
    assert "number 1 of it must be a dict" in error_of([value])
