# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

FEED = {"url": "http://example.org/feed", "room": "news"}


class TestArguments:

    def error_of(self, *args, **options):
        with pytest.raises(CommandError) as caught:
            call_command("runfeed", *args, **options)
        return str(caught.value)

    def test_need_a_feed(self):
        assert "CHARTROOM_FEEDS" in self.error_of()

    def test_need_a_room_for_a_feed(self):
        assert "must have a room" in self.error_of(FEED["url"])

    @pytest.mark.parametrize("options, cause", [
        ({"room": "a b"}, "room:"), ({"room": "x" * 65}, "room:"), ({"room": "news", "namespace": "a-b"}, "namespace:"),
        ({"room": "news", "every": 0}, "1 to 86400"),
    ], ids=str)
    def test_are_validated(self, options, cause):
        assert cause in self.error_of(FEED["url"], **options)

    @pytest.mark.parametrize("options", [{"room": "news"}, {"every": 5}, {"namespace": "blog"}], ids=str)
    def test_need_an_address_with_the_rest(self, options):
        with override_settings(CHARTROOM_FEEDS=[FEED]):
            assert "must have a url" in self.error_of(**options)

    def test_are_validated_in_the_settings_too(self):
        with override_settings(CHARTROOM_FEEDS=[dict(FEED, room="a b")]):
            assert "room:" in self.error_of()
        with override_settings(CHARTROOM_FEEDS=[dict(FEED, evry=5)]):
            assert "unknown key evry" in self.error_of()
