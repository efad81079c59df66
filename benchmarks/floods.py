# coding: utf-8
"""
How long a message of somebody takes from send to ack while other sockets send as fast as they can.

``python -m benchmarks.floods`` prints the table, in about two minutes. The floods come from 127.0.0.2 and up,
one address for ten sockets, in a process of their own; each reads what it is sent.
"""
from __future__ import print_function, unicode_literals

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from timeit import default_timer

import websocket

from benchmarks import processes
from benchmarks.processes import CHARTROOM, ROOT, Running
from scripts.ports import free_port
from scripts.private_redis import PrivateRedis

FRAMES = (("no JSON", "{"), ("ping", '{"type":"ping","seq":0}'), ("catch_up", '{"type":"catch_up","since":0}'))
FLOODS = (1, 100)
MESSAGES = 100
EVERY = 0.1      # seconds between two messages
STARTING = 3     # seconds for the floods to begin
SOCKETS_OF_AN_ADDRESS = 10


def main():
    folder = tempfile.mkdtemp()
    redis = PrivateRedis()
    env = dict(
        os.environ, STATE_DIR=folder, REDIS_URL=redis.url, RATE_LIMIT="0", DJANGO_SETTINGS_MODULE="project.settings",
        DATABASE_URL="sqlite:///" + os.path.join(folder, "floods.sqlite3"), PYTHONWARNINGS="ignore")
    port = free_port()
    try:
        subprocess.check_call([sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"], cwd=ROOT, env=env)
        socket_worker = lambda: processes.worker(CHARTROOM, env, folder, "--exclude-channels=chat-messages")  # noqa: E731
        with Running(
            socket_worker, socket_worker,
            lambda: processes.worker(CHARTROOM, env, folder, "--only-channels=chat-messages"),
            lambda: processes.rundaphne(CHARTROOM, env, folder, port),
        ):
            url = "ws://127.0.0.1:%d/chat/floods/" % port
            quiet = acks(url)
            report("nobody else", quiet, quiet)
            for name, frame in FRAMES:
                for count in FLOODS:
                    flood = subprocess.Popen(
                        [sys.executable, "-m", "benchmarks.floods", "%d" % port, "%d" % count, frame], cwd=ROOT, env=env)
                    try:
                        time.sleep(STARTING)
                        report("%d × %s" % (count, name), acks(url), quiet)
                    finally:
                        flood.kill()
                        flood.wait()
                    time.sleep(STARTING)
    finally:
        redis.stop()
        shutil.rmtree(folder)


def acks(url):
    """``(seconds of each message from send to ack, how many were refused)`` of one sender."""
    client = websocket.create_connection(url, timeout=30)
    client.recv()
    times, refused = [], 0
    for number in range(MESSAGES):
        started = default_timer()
        client.send(json.dumps({"type": "send", "messages": [{"id": "%f" % started, "text": "message %d" % number}]}))
        while True:
            frame = json.loads(client.recv())
            if frame["type"] == "error":
                refused += 1
            if frame["type"] in ("ack", "error"):
                break
        times.append(default_timer() - started)
        time.sleep(max(0, EVERY - times[-1]))
    client.close()
    return times, refused


def report(name, measured, quiet):
    times, refused = measured
    print("%-16s p50 %6.1f ms  p99 %7.1f ms (× %.1f of quiet)  refused %d" % (
        name, percentile(times, 50), percentile(times, 99), percentile(times, 99) / percentile(quiet[0], 99), refused))
    sys.stdout.flush()


def percentile(seconds, percent):
    """In milliseconds."""
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)] * 1000


def flood(port, count, frame):
    """Until it is killed: ``count`` sockets that send and read without a pause."""
    text = websocket.ABNF.create_frame(frame, websocket.ABNF.OPCODE_TEXT).format() * 100
    sockets = []
    for number in range(count):
        address = "127.0.0.%d" % (2 + number // SOCKETS_OF_AN_ADDRESS)
        raw = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(address, 0))
        client = websocket.create_connection("ws://127.0.0.1:%d/chat/floods/" % port, socket=raw)
        client.sock.setblocking(False)
        sockets.append(client.sock)
    while True:
        idle = True
        for sock in sockets:
            for act in (lambda: sock.send(text), lambda: sock.recv(262144)):  # noqa: B023
                try:
                    idle = not act() and idle
                except socket.error:
                    pass
        if idle:
            time.sleep(0.002)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        flood(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    else:
        main()
