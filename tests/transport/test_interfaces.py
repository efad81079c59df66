# coding: utf-8
from __future__ import unicode_literals

import time

import pytest
import redis

from chartroom.transport import interfaces
from chartroom.transport.layers import RedisChannelLayer

pytestmark = pytest.mark.processes

LIVING, GONE, STOCK = "daphne.response.run.living!", "daphne.response.run.gone!", "daphne.response.stock!"


@pytest.fixture
def layer(servers):
    """On two hosts, with two interface processes that have a heartbeat."""
    for server in servers:
        redis.Redis.from_url(server.url).flushall()
    layer = RedisChannelLayer(hosts=[server.url for server in servers])
    for process in (LIVING, GONE):
        beat(layer, process)
    return layer


def beat(layer, process):
    for index in range(layer.ring_size):
        layer.connection(index).execute_command(str("SETEX"), layer.interfaces.heartbeat(process), 30, 1)


def stop_heart(layer, process):
    for index in range(layer.ring_size):
        layer.connection(index).delete(layer.interfaces.heartbeat(process))


def keys(layer):
    return {key for index in range(layer.ring_size) for key in layer.connection(index).keys("*") if b"#groups#" in key}


@pytest.mark.parametrize("channel, process", [
    ("daphne.response.run.x!y", "daphne.response.run.x!"), ("daphne.response.x!y", None), ("chat-messages", None),
    ("daphne.response.run.x", None),
])
def test_a_sockets_process(channel, process):
    assert interfaces.process_of(channel) == process


def test_sockets_of_a_process_that_is_gone_are_forgotten_in_all_groups(layer):
    groups = ["room.%d" % number for number in range(250)]
    for group in groups:
        for process in (LIVING, GONE, STOCK):
            layer.group_add(group, process + "1")
    stop_heart(layer, GONE)
    layer.interfaces.forget_gone()
    assert {frozenset(layer.group_channels(group)) for group in groups} == {frozenset([LIVING + "1", STOCK + "1"])}
    assert {key.split(b":")[1] for key in keys(layer)} == {b"#groups#" + LIVING.encode("ascii")}


def test_stock_daphne_has_no_heartbeat_and_is_left_alone(layer):
    layer.group_add("all", STOCK + "1")
    layer.interfaces.forget_gone()
    assert layer.group_channels("all") == [STOCK + "1"]


def test_a_consumer_that_is_late_adds_nobody_of_a_process_that_is_gone(layer):
    stop_heart(layer, GONE)
    layer.group_add("all", GONE + "1")
    assert layer.group_channels("all") == []


def test_a_worker_that_waits_forgets_them(layer):
    layer.group_add("all", GONE + "1")
    stop_heart(layer, GONE)
    layer.blpop_timeout = 1
    layer.receive(["anything"], block=True)
    assert layer.group_channels("all") == []


def test_it_looks_now_and_then_only(layer):
    layer.interfaces.forget_gone()
    layer.group_add("all", GONE + "1")
    stop_heart(layer, GONE)
    layer.interfaces.forget_gone()
    assert layer.group_channels("all") == [GONE + "1"]


def test_a_living_ones_memberships_are_renewed(layer):
    layer.group_add("all", LIVING + "1")
    layer.group_add("all", GONE + "1")
    connection = layer.connection(layer.consistent_hash("all"))
    long_ago = time.time() - layer.group_expiry + 5
    for member in (LIVING + "1", GONE + "1"):
        connection.execute_command(str("ZADD"), layer._group_key("all"), long_ago, member)
    layer.interfaces.renew(LIVING)
    layer.group_expiry -= 10
    assert layer.group_channels("all") == [LIVING + "1"]
