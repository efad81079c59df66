"""``chartroom.sources.tail.lease``: never two active processes at a time, and never none for long."""
from __future__ import unicode_literals

import pytest
from django.core.cache import cache

from chartroom.sources.tail import lease as module
from chartroom.sources.tail.lease import KEY, SECONDS, Lease, elapsed


class Clock(object):
    """The clock of all the processes and of the cache."""

    def __init__(self):
        self.now = 100.0
        self.dies = {}

    def __call__(self):
        return self.now


class Cache(object):
    """Like Django's cache, on the test's clock; ``delay``: seconds that the next answer takes."""

    def __init__(self, clock):
        self.clock = clock
        self.entry, self.dies = None, 0
        self.delay, self.is_away = 0, False

    def _ask(self):
        if self.is_away:
            raise IOError("no answer")
        if self.entry is not None and self.clock.now >= self.dies:
            self.entry = None

    def _answer(self, value):
        self.clock.now, self.delay = self.clock.now + self.delay, 0
        return value

    def get(self, key):
        self._ask()
        return self._answer(self.entry)

    def add(self, key, value, timeout):
        self._ask()
        is_free = self.entry is None
        if is_free:
            self.entry, self.dies = value, self.clock.now + timeout
        return self._answer(is_free)

    def set(self, key, value, timeout):
        self._ask()
        self.entry, self.dies = value, self.clock.now + timeout
        self._answer(None)

    def delete(self, key):
        self.entry = None


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def shared(clock, monkeypatch):
    made = Cache(clock)
    monkeypatch.setattr(module, "cache", made)
    return made


@pytest.fixture
def two(clock, shared):
    return Lease(clock), Lease(clock)


def pass_time(clock, seconds, *keepers):
    for _ in range(int(seconds * 10)):
        clock.now += 0.1
        for lease in keepers:
            lease.keep()


def test_is_held_by_one_process(two, clock):
    first, second = two
    assert first.keep() and not second.keep()
    pass_time(clock, 60, first, second)
    assert first.is_held and not second.is_held


def test_passes_to_another_process_when_it_has_expired(two, clock):
    first, second = two
    first.keep()
    second.keep()
    pass_time(clock, SECONDS - 1, second)
    assert not second.is_held
    pass_time(clock, 3, second)
    assert second.is_held


def test_is_released_at_the_end(two, clock):
    first, second = two
    first.keep()
    second.keep()
    first.give_up()
    assert not first.is_held
    pass_time(clock, 1.2, second)
    assert second.is_held


def test_releasing_does_not_affect_another_holder(two, clock, shared):
    first, second = two
    first.keep()
    shared.entry = second.name
    first.give_up()
    assert shared.entry == second.name


def test_of_a_stalled_process_ends_before_another_acquires_it(two, clock, shared):
    first, second = two
    first.keep()
    clock.now += SECONDS - 0.5
    assert not first.is_held
    assert not second.keep()
    clock.now += 2
    assert second.keep()
    assert not first.keep() and shared.entry == second.name


def test_a_slow_answer_does_not_extend_it(two, clock, shared):
    first, second = two
    first.keep()
    clock.now += 4
    shared.delay = SECONDS + 1
    first.keep()
    assert not first.is_held


@pytest.mark.django_db
def test_survives_a_short_outage_of_the_cache_only(two, clock, shared):
    first, _ = two
    first.keep()
    shared.is_away = True
    pass_time(clock, 5, first)
    assert first.is_held
    shared.is_away = False
    pass_time(clock, 2, first)
    assert first.is_held
    shared.is_away = True
    pass_time(clock, SECONDS, first)
    assert not first.is_held
    shared.is_away = False
    pass_time(clock, 12, first)
    assert first.is_held


def test_passes_to_the_first_process_after_the_cache_was_emptied(two, clock, shared):
    first, second = two
    first.keep()
    second.keep()
    shared.entry = None
    pass_time(clock, 1.2, second)
    assert second.is_held
    pass_time(clock, 3, first, second)
    assert not first.is_held and second.is_held


def test_limits_requests_to_the_cache(two, clock, shared, monkeypatch):
    first, _ = two
    first.keep()
    asked = []
    monkeypatch.setattr(shared, "get", lambda key: asked.append(key) or first.name)
    pass_time(clock, 30, first)
    assert 9 <= len(asked) <= 11


def test_works_with_django_s_own():
    first, second = Lease(), Lease()
    assert first.keep() and not second.keep() and cache.get(KEY) == first.name
    first.give_up()
    assert cache.get(KEY) is None


def test_the_clock_runs():
    before = elapsed()
    assert 0 <= elapsed() - before < 5
