# coding: utf-8
from __future__ import unicode_literals

import os
import signal

import pytest
import redis

from chartroom.transport import bounded, process_records
from chartroom.transport.layers import RedisChannelLayer
from scripts.ports import free_port
from scripts.private_redis import PrivateRedis

pytestmark = pytest.mark.processes


@pytest.fixture
def make(servers):
    for server in servers:
        redis.Redis.from_url(server.url).flushall()

    def layer(count=1, **options):
        options.setdefault("durable", ["work"])
        return RedisChannelLayer(hosts=[server.url for server in servers[:count]], **options)
    return layer


def channel(status, name):
    [found] = [each for each in status["channels"] if each["name"] == name]
    return found


def test_a_server_that_answers(make, servers):
    layer = make()
    layer.connection(0).config_set("maxmemory", 123456789)
    [server] = layer.status.read([])["servers"]
    layer.connection(0).config_set("maxmemory", 0)
    assert server["address"] == "127.0.0.1:%d/0" % servers[0].port and server["error"] is None
    assert 0 < server["latency_ms"] < 5000 and server["used_memory"] > 1000
    assert server["maxmemory"] == 123456789 and server["maxmemory_policy"] == "noeviction" and server["redis_version"]


def test_a_server_that_refuses_and_one_that_answers(servers):
    layer = RedisChannelLayer(hosts=["redis://someone:secret@127.0.0.1:%d/3" % free_port(), servers[0].url])
    status = layer.status.read(["light"])
    assert [bool(server["error"]) for server in status["servers"]] == [True, False]
    assert status["servers"][0]["address"].endswith("/3")
    assert "secret" not in "%r" % status and servers[0].password not in "%r" % status
    assert channel(status, "light")["depth"] == 0


def test_a_server_that_hangs(make, monkeypatch):
    monkeypatch.setattr("chartroom.transport.status.WITHIN", 0.3)
    server = PrivateRedis()
    layer = RedisChannelLayer(hosts=[server.url])
    try:
        assert layer.status.failures(within=0.3) == []
        os.kill(server.process.pid, signal.SIGSTOP)
        assert layer.status.failures(within=0.3) == ["127.0.0.1:%d/0" % server.port]
        assert "Timeout" in layer.status.read([])["servers"][0]["error"]
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
        server.stop()


def test_addresses_have_no_secrets():
    for url, shown in (
        ("redis://:secret@example.org:7000/2", "example.org:7000/2"), ("unix://:secret@/run/redis.sock?db=1", "unix:/run/redis.sock/1"),
    ):
        assert bounded.address(redis.Redis.from_url(url)) == shown


def test_a_queue(make):
    layer = make(capacity=7)
    layer.send("light", {"n": 1})
    layer.send("light", {"n": 2})
    raw = layer.connection(0).lindex("asgi:light", 0)
    # As if it had been sent 20 seconds ago.
    expires = raw.split(b" ")[1]
    layer.connection(0).lset("asgi:light", 0, raw.replace(expires, b"%d" % (int(expires) - 20000)))
    found = channel(layer.status.read(["light"]), "light")
    assert 20 <= found.pop("age") < 25
    assert found == {"name": "light", "durable": False, "depth": 2, "capacity": 7, "in_flight": 0, "dead_letters": 0}


def test_a_queue_on_two_servers_is_the_sum(make):
    layer = make(count=2, capacity=7)
    for number in range(6):
        layer.send("light", {"n": number})
    found = channel(layer.status.read(["light"]), "light")
    assert (found["depth"], found["capacity"]) == (6, 14)


def test_a_durable_queue_its_entries_in_flight_and_dead_letters(make):
    layer = make(max_tries=1)
    for number in range(4):
        layer.send("work", {"n": number})
    layer.receive(["work"])
    layer.in_flight.requeue()
    layer.receive(["work"])
    status = layer.status.read([])
    assert channel(status, "work") == {
        "name": "work", "durable": True, "depth": 2, "capacity": 100, "age": None, "in_flight": 1, "dead_letters": 1}
    assert status["in_flight"] == [{"worker": layer.in_flight.worker_name, "channel": "work", "entries": 1}]
    assert status["counters"]["dead_count"] == 1


def test_channels_that_a_worker_receives_from_are_included(make):
    layer = make()
    layer.process_records.write("a", process_records.WORKER, channels=["b", "a"])
    status = layer.status.read(["c"])
    assert [each["name"] for each in status["channels"]] == ["a", "b", "c", "work"]
    assert [process["name"] for process in status["processes"]] == ["a"]
