# coding: utf-8
from __future__ import unicode_literals

import time

import pytest
import redis

from chartroom.transport import interfaces
from chartroom.transport.layers import RedisChannelLayer

pytestmark = pytest.mark.processes

LIVING, DEAD, STOCK = "daphne.response.run.living!", "daphne.response.run.dead!", "daphne.response.stock!"


@pytest.fixture
def layer(servers):
    """On two hosts, with two interface processes that have a heartbeat."""
    for server in servers:
        redis.Redis.from_url(server.url).flushall()
    layer = RedisChannelLayer(hosts=[server.url for server in servers])
    for process in (LIVING, DEAD):
        set_heartbeat(layer, process)
    return layer


def set_heartbeat(layer, process):
    for index in range(layer.ring_size):
        layer.connection(index).execute_command(str("SETEX"), layer.interfaces.heartbeat_key(process), 30, 1)


def delete_heartbeat(layer, process):
    for index in range(layer.ring_size):
        layer.connection(index).delete(layer.interfaces.heartbeat_key(process))


def keys(layer):
    return {key for index in range(layer.ring_size) for key in layer.connection(index).keys("*") if b"#groups#" in key}


@pytest.mark.parametrize("channel, process", [
    ("daphne.response.run.x!y", "daphne.response.run.x!"), ("daphne.response.x!y", None), ("chat-messages", None),
    ("daphne.response.run.x", None),
])
def test_a_sockets_process(channel, process):
    assert interfaces.process_of(channel) == process


def test_sockets_of_a_dead_process_are_removed_from_all_groups(layer):
    groups = ["room.%d" % number for number in range(250)]
    for group in groups:
        for process in (LIVING, DEAD, STOCK):
            layer.group_add(group, process + "1")
    delete_heartbeat(layer, DEAD)
    layer.interfaces.forget_dead()
    assert {frozenset(layer.group_channels(group)) for group in groups} == {frozenset([LIVING + "1", STOCK + "1"])}
    assert {key.split(b":")[1] for key in keys(layer)} == {b"#groups#" + LIVING.encode("ascii")}


def test_sockets_of_stock_daphne_are_never_removed(layer):
    layer.group_add("all", STOCK + "1")
    layer.interfaces.forget_dead()
    assert layer.group_channels("all") == [STOCK + "1"]


def test_a_late_consumer_adds_no_socket_of_a_dead_process(layer):
    delete_heartbeat(layer, DEAD)
    layer.group_add("all", DEAD + "1")
    assert layer.group_channels("all") == []


def test_a_waiting_worker_removes_them(layer):
    layer.group_add("all", DEAD + "1")
    delete_heartbeat(layer, DEAD)
    layer.blpop_timeout = 1
    layer.receive(["anything"], block=True)
    assert layer.group_channels("all") == []


def test_a_second_cleanup_waits_for_its_interval(layer):
    layer.interfaces.forget_dead()
    layer.group_add("all", DEAD + "1")
    delete_heartbeat(layer, DEAD)
    layer.interfaces.forget_dead()
    assert layer.group_channels("all") == [DEAD + "1"]


def test_memberships_of_a_living_process_are_renewed(layer):
    layer.group_add("all", LIVING + "1")
    layer.group_add("all", DEAD + "1")
    connection = layer.connection(layer.consistent_hash("all"))
    long_ago = time.time() - layer.group_expiry + 5
    for member in (LIVING + "1", DEAD + "1"):
        connection.execute_command(str("ZADD"), layer._group_key("all"), long_ago, member)
    layer.interfaces.renew(LIVING)
    layer.group_expiry -= 10
    assert layer.group_channels("all") == [LIVING + "1"]
