# coding: utf-8
from __future__ import unicode_literals

import pytest
from django.core.exceptions import ImproperlyConfigured

from chartroom.conf import Setting, conf, each_setting
from tests.people.test_permissions import readers_only


def value_of(settings, name, value):
    setattr(settings, "CHARTROOM_" + name, value)
    return getattr(conf, name)


def error_about(settings, name, value):
    with pytest.raises(ImproperlyConfigured) as error:
        value_of(settings, name, value)
    return str(error.value)


def test_each_setting_is_listed_and_has_a_description():
    settings = list(each_setting())
    found = [setting.name for setting in settings]
    # All names are compared with docs/settings.md in tests/docs/test_settings.py.
    assert found == sorted(found) and {"CHARTROOM_BATCH_SIZE", "CHARTROOM_SOCKET_ORIGIN"} <= set(found)
    assert all(setting.__doc__.endswith(".") and setting.__doc__ != Setting.__doc__ for setting in settings)


@pytest.mark.parametrize("setting", each_setting(), ids=lambda setting: str(setting.name))
def test_a_default_is_valid(setting):
    setting.convert(setting.default)


def test_a_change_takes_effect_at_once(settings):
    assert value_of(settings, "PAGE_SIZE", 10) == 10
    assert value_of(settings, "PAGE_SIZE", 20) == 20
    del settings.CHARTROOM_PAGE_SIZE
    assert conf.PAGE_SIZE == 50


def test_an_error_names_the_setting_and_its_valid_values(settings):
    assert error_about(settings, "HEARTBEAT", "25") == "CHARTROOM_HEARTBEAT must be a whole number from 1 to 3600."


class TestToken:

    @pytest.mark.parametrize("value", ["", "0123456789abcdef", "!~" * 20])
    def test_is_empty_or_long(self, settings, value):
        assert value_of(settings, "METRICS_TOKEN", value) == value

    @pytest.mark.parametrize("value", ["short", "0123456789abcde", "0123456789abcdef\n", "with a space in it", "é" * 20, None, 5])
    def test_of_another_kind_is_refused_and_not_repeated(self, settings, value):
        assert error_about(settings, "METRICS_TOKEN", value) == (
            "CHARTROOM_METRICS_TOKEN must be empty, or at least 16 ASCII characters without spaces.")


class TestSwitches:

    @pytest.mark.parametrize("value", [True, False])
    def test_accept_true_and_false(self, settings, value):
        assert value_of(settings, "GUESTS", value) is value

    @pytest.mark.parametrize("value", [1, 0, "False", None])
    def test_accept_no_other_value(self, settings, value):
        assert "True or False" in error_about(settings, "GUESTS", value)


class TestWholeNumbers:

    @pytest.mark.parametrize("name, least, most", [
        ("HEARTBEAT", 1, 3600), ("PAGE_SIZE", 1, 200), ("CATCH_UP_SIZE", 1, 1000), ("BATCH_SIZE", 1, 500),
    ])
    def test_are_bounded(self, settings, name, least, most):
        assert value_of(settings, name, least) == least
        assert value_of(settings, name, most) == most
        for value in (least - 1, most + 1):
            assert "from %d to %d" % (least, most) in error_about(settings, name, value)

    @pytest.mark.parametrize("value", [True, "50", 50.0, None])
    def test_are_whole_numbers(self, settings, value):
        error_about(settings, "PAGE_SIZE", value)


class TestNames:

    @pytest.mark.parametrize("value", [(), ["blog"], ("blog", "deploy"), {"blog"}])
    def test_are_a_list(self, settings, value):
        assert value_of(settings, "READ_ONLY", value) == tuple(value)

    @pytest.mark.parametrize("value", ["blog", None, 5, ["blog", 5]])
    def test_are_not_a_single_name(self, settings, value):
        assert "list of names" in error_about(settings, "READ_ONLY", value)


class TestRates:

    @pytest.mark.parametrize("value, meaning", [
        ("20/s", (20, 1)), ("1/m", (1, 60)), ("999999999/h", (999999999, 3600)),
        ("0", None), (0, None), (None, None), ("", None),
    ])
    def test_are_a_number_and_seconds_or_no_limit(self, settings, value, meaning):
        assert value_of(settings, "RATE_LIMIT", value) == meaning

    @pytest.mark.parametrize("value", ["20", "20/d", "/s", "0/s", "-1/s", "1.5/s", " 20/s", "20/s\n", "1" * 10 + "/s", 20, []])
    def test_are_nothing_else(self, settings, value):
        assert '"20/s"' in error_about(settings, "RATE_LIMIT", value)


class TestSocketOrigins:

    @pytest.mark.parametrize("value", [
        "", ":8001", ":65535", "ws://localhost:8001", "wss://chat.example.org", "wss://[2001:db8::1]:8443",
    ])
    def test_are_empty_a_port_or_an_origin(self, settings, value):
        assert value_of(settings, "SOCKET_ORIGIN", value) == value

    @pytest.mark.parametrize("value", [
        None, 8001, "8001", ":", ":123456", ":８００１", "http://x", "wss://", "wss://x/", "wss://x/path", "wss://x y", "wss://x\n",
        "wss://x;script-src *", "wss://x,y", "wss://x'y",
    ])
    def test_are_nothing_else(self, settings, value):
        assert '":8001"' in error_about(settings, "SOCKET_ORIGIN", value)


class TestFunctions:

    def test_are_found_by_their_path(self, settings):
        assert value_of(settings, "PERMISSION", "tests.people.test_permissions.readers_only") is readers_only
        assert value_of(settings, "PERMISSION", None) is None

    @pytest.mark.parametrize("value", ["", "nothing", "tests.nothing.there", "tests.people.test_permissions.nothing", len, 5])
    def test_that_do_not_exist(self, settings, value):
        assert "dotted path" in error_about(settings, "PERMISSION", value)

    def test_that_are_not_callable(self, settings):
        assert "is not callable" in error_about(settings, "PERMISSION", "chartroom.models.WIRE_JSON")
