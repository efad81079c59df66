from __future__ import unicode_literals

import pytest
from django.core.cache import cache

from chartroom.conf import conf
from chartroom.people import ratelimit

NOON = 1543665600.0  # the first second of an hour


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that only tests advance."""
    class Clock(object):
        now = NOON

        def time(self):
            return self.now
    clock = Clock()
    monkeypatch.setattr(ratelimit, "time", clock)
    return clock


def take(sender, wanted):
    return ratelimit.take(sender, wanted, conf.RATE_LIMIT)


@pytest.fixture(autouse=True)
def limit(settings):
    settings.CHARTROOM_RATE_LIMIT = "5/m"


def test_grants_what_is_left():
    assert take("user:1", 2) == (2, 0)
    assert take("user:1", 3) == (3, 0)


def test_grants_a_part_and_returns_the_time_until_there_is_more(clock):
    take("user:1", 3)
    clock.now += 20.5
    assert take("user:1", 4) == (2, 39.5)
    assert take("user:1", 1) == (0, 39.5)


def test_grants_at_most_the_limit():
    assert take("user:1", 50) == (5, 60)


def test_grants_all_again_in_the_next_window(clock):
    take("user:1", 50)
    clock.now += 59.999
    assert take("user:1", 1)[0] == 0
    clock.now = NOON + 60
    assert take("user:1", 5) == (5, 0)


def test_never_returns_a_time_of_zero_if_some_are_refused(clock):
    take("user:1", 5)
    clock.now += 59.9999
    assert take("user:1", 1) == (0, 0.001)


@pytest.mark.parametrize("rate, seconds", [("1/s", 1), ("1/m", 60), ("1/h", 3600)])
def test_has_windows_of_each_length(settings, clock, rate, seconds):
    settings.CHARTROOM_RATE_LIMIT = rate
    assert [take("user:1", 1), take("user:1", 1)] == [(1, 0), (0, seconds)]
    clock.now += seconds
    assert take("user:1", 1) == (1, 0)


def test_counts_each_sender_separately():
    take("user:1", 5)
    assert take("user:2", 5) == (5, 0)
    assert take("address:::1", 5) == (5, 0)


def test_taking_zero_messages_does_not_count():
    assert take("user:1", 0) == (0, 0)
    assert take("user:1", 5) == (5, 0)


def test_without_a_limit_nothing_is_counted(settings):
    settings.CHARTROOM_RATE_LIMIT = "0"
    assert take("user:1", 10 ** 6) == (10 ** 6, 0)
    assert not cache._cache


def test_an_evicted_count_is_not_enforced(monkeypatch):
    monkeypatch.setattr(ratelimit.cache, "add", lambda *args: True)
    assert take("user:1", 50) == (50, 0)


def test_is_not_enforced_and_logs_if_the_cache_is_unavailable(monkeypatch, caplog):
    monkeypatch.setattr(ratelimit.cache, "add", lambda *args: 1 / 0)
    assert take("user:1", 50) == (50, 0)
    assert "rate limits are not applied" in caplog.text


@pytest.mark.parametrize("sender", ["guest:secretkey", "user:\u5c0f\u660e " + "x" * 300])
def test_the_key_is_valid_and_does_not_reveal_the_sender(sender):
    take(sender, 1)
    [key] = cache._cache
    assert "secret" not in key and len(key) < 250 and " " not in key
