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


def test_none_to_start_is_said(nothing_installed):
    with pytest.raises(NoRedis) as none:
        PrivateRedis()
    assert "redis-server" in str(none.value)


def test_one_that_does_not_start_is_said(nothing_installed):
    broken = nothing_installed.join("redis-server")
    broken.write("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(NoRedis) as none:
        PrivateRedis()
    assert "did not start" in str(none.value)


def test_answers_to_its_password_alone_and_is_gone_with_stop():
    server = PrivateRedis()
    assert redis.Redis.from_url(server.url).ping()
    with pytest.raises(redis.RedisError):
        redis.Redis(port=server.port).ping()
    server.stop()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(server.url).ping()
