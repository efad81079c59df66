"""A report in which all is well, for tests to spoil."""
from __future__ import unicode_literals

from chartroom.status.report import SOCKET_CHANNELS


def good():
    def channel(name, durable=False):
        return {
            "name": name, "durable": durable, "depth": 0, "capacity": 1000, "age": None, "in_flight": 0, "dead_letters": 0}

    def worker(name, channels):
        return {
            "name": name, "kind": "worker", "host": "example", "pid": 7, "version": "0.1.0", "uptime": 3.2, "heartbeat_age": 1.5,
            "channels": list(channels), "handling": None, "handling_for": None}
    return {
        "servers": [{
            "address": "127.0.0.1:6379/0", "error": None, "latency_ms": 0.1, "redis_version": "5.0.6", "used_memory": 1048576,
            "maxmemory": 0, "maxmemory_policy": "noeviction"}],
        "database": {"error": None, "latency_ms": 0.3, "last_minute": 4, "last_hour": 90},
        "processes": [
            {"name": "daphne.response.run.x!", "kind": "interface", "host": "example", "pid": 6, "version": "0.1.0", "uptime": 3.2,
             "heartbeat_age": 1.5, "sockets": 17},
            worker("pipeline", ["chat-messages"]), worker("sockets", SOCKET_CHANNELS),
        ],
        "channels": [channel("chat-messages", durable=True), channel("websocket.connect")],
        "in_flight": [],
        "counters": {"refused_count": 2, "dead_count": 0},
    }
