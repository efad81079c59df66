from __future__ import unicode_literals

import os

import pytest
import redis

import chartroom
from chartroom.transport import options, process_records
from chartroom.transport.layers import RedisChannelLayer
from tests.integration.stack import wait_until
from tests.transport.processes import end

pytestmark = pytest.mark.processes


@pytest.fixture
def layer(servers):
    for server in servers:
        redis.Redis.from_url(server.url).flushall()
    return RedisChannelLayer(hosts=[server.url for server in servers])


def read(layer, index=0):
    return layer.process_records.read(layer.connection(index))


def test_each_server_has_all_records(layer):
    layer.process_records.write("a", process_records.WORKER, channels=["work"])
    layer.process_records.write("b", process_records.INTERFACE, sockets=2)
    for index in range(2):
        records = read(layer, index)
        assert records["a"]["channels"] == ["work"] and records["a"]["kind"] == "worker"
        assert records["b"]["sockets"] == 2 and records["b"]["kind"] == "interface"
        assert records["b"]["pid"] == os.getpid() and records["b"]["version"] == chartroom.__version__


def test_a_record_expires_with_its_process(layer, monkeypatch):
    monkeypatch.setattr(options, "HEARTBEAT_INTERVAL", 1)
    layer.process_records.write("a", process_records.WORKER)
    assert 0 < layer.connection(0).ttl(layer.process_records.key("a")) <= 3
    layer.connection(0).delete(layer.process_records.key("a"))
    assert read(layer) == {}


def test_the_age_is_the_time_since_it_was_written(layer):
    layer.process_records.write("a", process_records.WORKER)
    layer.connection(0).expire(layer.process_records.key("a"), process_records.lifetime() - 4)
    assert 4 <= read(layer)["a"]["heartbeat_age"] < 6


def test_a_removed_record_is_gone_from_each_server(layer):
    layer.process_records.write("a", process_records.WORKER)
    layer.process_records.remove("a")
    assert [read(layer, index) for index in range(2)] == [{}, {}]
    assert not layer.connection(0).keys("*")


def test_names_of_processes_that_ended_long_ago_are_removed(layer):
    names = layer.prefix + process_records.NAMES
    layer.connection(0).execute_command(str("ZADD"), names, 1000, "old")
    layer.process_records.write("a", process_records.WORKER)
    assert layer.connection(0).zrange(names, 0, -1) == [b"a"]


class TestProcesses:

    def records(self, running):
        return {record["kind"]: record for record in read(running.layer).values()}

    def test_report_themselves_until_they_end(self, running):
        worker = running.start("--only-channels=websocket.*")
        server = running.start_server()
        running.connect()
        wait_until(lambda: self.records(running).get("interface", {}).get("sockets") == 1, 15)
        records = self.records(running)
        assert (records["worker"]["pid"], records["interface"]["pid"]) == (worker.pid, server.pid)
        assert records["worker"]["channels"] == ["websocket.connect", "websocket.disconnect", "websocket.receive"]
        assert records["worker"]["handling"] is None
        assert [end(server), end(worker)] == [0, 0]
        assert read(running.layer) == {}

    def test_report_what_they_are_handling(self, running):
        running.start(INTERFACE_SECONDS="1")
        running.layer.send("light", {"n": 1, "sleep": 5})
        record = wait_until(lambda: [
            record for record in read(running.layer).values() if (record["handling_for"] or 0) >= 1])[0]
        assert record["handling"] == "light"
        running.until("end 1")
        wait_until(lambda: [record for record in read(running.layer).values() if record["handling"] is None])
