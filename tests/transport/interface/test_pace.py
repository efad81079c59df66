from __future__ import unicode_literals

import pytest

from chartroom.transport.interface.pace import Bucket, Buckets, network_of


class TestABucket:

    def test_gives_a_burst_and_then_its_rate(self):
        bucket = Bucket(10.0, 3, now=0.0)
        for _ in range(3):
            assert bucket.delay(0.0) == 0
            bucket.take(0.0)
        assert bucket.delay(0.0) == pytest.approx(0.1)
        assert bucket.delay(0.1) == 0

    def test_keeps_no_more_than_its_burst(self):
        bucket = Bucket(10.0, 3, now=0.0)
        for _ in range(3):
            bucket.take(1000.0)
        assert bucket.delay(1000.0) > 0

    def test_is_never_in_debt_for_more_than_one(self):
        bucket = Bucket(10.0, 3, now=0.0)
        for _ in range(100):
            bucket.take(0.0)
        assert bucket.delay(0.0) == pytest.approx(0.2)


class TestBuckets:

    def test_are_one_for_each_key(self):
        buckets = Buckets((1, 1))
        buckets.take("a", 0.0)
        assert buckets.delay("a", 0.0) > 0 and buckets.delay("b", 0.0) == 0

    def test_without_a_pace_bound_nothing(self):
        buckets = Buckets(None)
        for _ in range(100):
            buckets.take("a", 0.0)
        assert buckets.delay("a", 0.0) == 0

    def test_forget_who_has_been_idle(self):
        buckets = Buckets((2, 1))
        for key in "abc":
            buckets.take(key, 0.0)
        buckets.take("c", 0.9)
        buckets.forget_idle(1.0)
        assert set(buckets._buckets) == {"c"}


@pytest.mark.parametrize("host, key", [
    ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:db8:1:2::9", "2001:db8:1:2::/64"), ("fe80::1%eth0", "fe80::/64"), ("/run/socket", "/run/socket"), ("", ""),
])
def test_a_client_is_known_by_what_it_can_not_choose(host, key):
    assert network_of(host) == key
