from __future__ import unicode_literals

import socket
import sys

import pytest
import redis

from scripts.private_redis import NoRedis, PrivateRedis, free_port


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


def test_a_port_is_given_once_and_can_be_listened_on():
    port = free_port()
    connecting = socket.socket()
    with pytest.raises(socket.error):  # held, and nobody there
        connecting.connect(("127.0.0.1", port))
    with pytest.raises(socket.error):  # whoever takes any port does not get this one
        socket.socket().bind(("127.0.0.1", port))
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(1)
    server.close()
