from __future__ import unicode_literals

import sys

import pytest
import redis

from scripts.private_redis import NoRedis, PrivateRedis


@pytest.fixture
def nothing_installed(monkeypatch, tmpdir):
    monkeypatch.setattr(sys, "prefix", str(tmpdir))
    monkeypatch.setenv("PATH", str(tmpdir))
    return tmpdir


def test_a_missing_redis_is_reported(nothing_installed):
    with pytest.raises(NoRedis) as none:
        PrivateRedis()
    assert "redis-server" in str(none.value)


def test_a_redis_that_does_not_start_is_reported(nothing_installed):
    broken = nothing_installed.join("redis-server")
    broken.write("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(NoRedis) as none:
        PrivateRedis()
    assert "did not start" in str(none.value)


def test_requires_its_password_and_exits_on_stop():
    server = PrivateRedis()
    assert redis.Redis.from_url(server.url).ping()
    with pytest.raises(redis.RedisError):
        redis.Redis(port=server.port).ping()
    server.stop()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(server.url).ping()
