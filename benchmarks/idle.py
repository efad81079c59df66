"""Latency of one message through otherwise idle processes: to its reader, and to the sender's ack."""
from __future__ import unicode_literals

import json
import random
import threading
import time
from timeit import default_timer

import websocket

from benchmarks import processes
from benchmarks.processes import CHARTROOM, ECHO, NAIVE, Failed, Running
from scripts.ports import free_port

BETWEEN = (0.02, 0.05)  # seconds between two messages, at random, so as not to fall in step with a polling interval
ANSWER_WITHIN = 15      # seconds
WARM_UP = 10            # messages that are not counted


def chartroom(database, folder, count):
    """Returns ``{"reader": [seconds], "ack": [seconds]}`` for ``count`` messages from one sender to one reader."""
    env = database.env
    port = free_port()
    with Running(
        lambda: processes.worker(CHARTROOM, env, folder, "--exclude-channels=chat-messages"),
        lambda: processes.worker(CHARTROOM, env, folder, "--only-channels=chat-messages"),
        lambda: processes.rundaphne(CHARTROOM, env, folder, port),
    ):
        url = "ws://127.0.0.1:%d/chat/bench-%d/" % (port, time.time() * 1000)
        reader, sender = Client(url), Client(url)
        try:
            reader.wait_for("welcome")
            sender.wait_for("welcome")
            return _converse(reader, sender, count)
        finally:
            reader.close()
            sender.close()


def _converse(reader, sender, count):
    sent = {}
    for number in range(WARM_UP + count):
        id = "m%d" % number
        sent[id] = default_timer()
        sender.send({"type": "send", "messages": [{"id": id, "text": "An idle message, number %d." % number}]})
        time.sleep(random.uniform(*BETWEEN))
    ids = ["m%d" % number for number in range(WARM_UP, WARM_UP + count)]
    read_at = reader.wait_for_ids("messages", "messages", ids)
    acked_at = sender.wait_for_ids("ack", "acks", ids)
    return {
        "reader": [read_at[id] - sent[id] for id in ids],
        "ack": [acked_at[id] - sent[id] for id in ids],
    }


def echo_by_stock(env, folder, count):
    """Returns [seconds] for ``count`` frames through stock daphne, the stock layer, and a stock worker that only echoes."""
    return _echo(NAIVE, processes.daphne, env, folder, count)


def echo_by_chartroom(env, folder, count):
    """The same, with the consumer behind `rundaphne`, on chartroom's layer and worker."""
    return _echo(ECHO, processes.rundaphne, env, folder, count)


def _echo(project, interface, env, folder, count):
    port = free_port()
    with Running(
        lambda: processes.worker(project, env, folder),
        lambda: interface(project, env, folder, port),
    ):
        client = Client("ws://127.0.0.1:%d/echo/" % port)
        try:
            sent = {}
            for number in range(WARM_UP + count):
                id = "m%d" % number
                sent[id] = default_timer()
                client.send({"type": "echo", "echoes": [{"id": id}]})
                time.sleep(random.uniform(*BETWEEN))
            ids = ["m%d" % number for number in range(WARM_UP, WARM_UP + count)]
            back_at = client.wait_for_ids("echo", "echoes", ids)
            return [back_at[id] - sent[id] for id in ids]
        finally:
            client.close()


class Client(object):
    """A WebSocket with a thread of its own that reads its frames and records when they arrived."""

    def __init__(self, url):
        # The workers may still be starting: daphne answers a handshake only once one has started.
        deadline = time.time() + processes.LISTEN_WITHIN
        while True:
            try:
                self.socket = websocket.create_connection(url, timeout=ANSWER_WITHIN)
                break
            except (websocket.WebSocketException, OSError) as error:
                if time.time() > deadline:
                    raise Failed("No WebSocket to %s: %s" % (url, error))
                time.sleep(0.2)
        self.socket.settimeout(None)
        self.frames = []
        self.arrived = threading.Condition()
        self.thread = threading.Thread(target=self._read)
        self.thread.daemon = True
        self.thread.start()

    def _read(self):
        while True:
            try:
                text = self.socket.recv()
            except (websocket.WebSocketException, OSError):
                text = ""
            now = default_timer()
            if not text:
                return
            with self.arrived:
                self.frames.append((now, json.loads(text)))
                self.arrived.notify_all()

    def send(self, frame):
        self.socket.send(json.dumps(frame))

    def wait_for(self, kind):
        self._wait(lambda: any(frame["type"] == kind for at, frame in self.frames), kind)

    def wait_for_ids(self, kind, key, ids):
        """Waits until all ids have arrived in frames of that kind; returns ``{id: when it first did}``."""
        self._wait(lambda: set(ids) <= set(self._times(kind, key)), kind)
        return self._times(kind, key)

    def _times(self, kind, key):
        times = {}
        for at, frame in self.frames:
            if frame["type"] == kind:
                for entry in frame[key]:
                    times.setdefault(entry["id"], at)
        return times

    def _wait(self, has_arrived, what):
        deadline = time.time() + ANSWER_WITHIN
        with self.arrived:
            while not has_arrived():
                left = deadline - time.time()
                if left <= 0:
                    kinds = sorted({frame["type"] for at, frame in self.frames})
                    raise Failed("Not every %r frame arrived within %d s; frames received: %s." % (
                        what, ANSWER_WITHIN, ", ".join(kinds) or "nothing"))
                self.arrived.wait(left)

    def close(self):
        self.socket.close()
        self.thread.join(2)
