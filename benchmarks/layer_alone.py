"""
Cost of the channel layer for the process that uses it, without interface server and
workers: ``python -m benchmarks.layer_alone REDIS_URL ROUNDS`` on each Python. Prints JSON,
per operation: ``{operation: {"time": seconds, "cpu": seconds of this process}}``.
"""
from __future__ import print_function, unicode_literals

import json
import resource
import sys
from timeit import default_timer

from chartroom.transport.layers import RedisChannelLayer

CHANNELS = ["websocket.connect", "websocket.receive", "websocket.disconnect", "http.request"]
DURABLE = "chat-messages"
PROCESS = "daphne.response.benchmark!"
GROUP = "room.1"
MEMBERS = 1000
TOGETHER = 50   # submissions queued when the first is received
CLEARED = 50    # messages to a group after which the queue, which no process reads, is deleted

TEXT = "A message of about as many characters as people write, number %d"
RECEIVED = {
    "reply_channel": PROCESS + "abcdefghij", "path": "/chat/lobby/", "order": 3,
    "text": json.dumps({"type": "send", "messages": [{"id": "a1b2c3d4", "text": TEXT % 1}]}),
}
FRAME = {"text": json.dumps({"type": "messages", "messages": [
    {"seq": number, "id": "a1b2c3d4", "author": "Sender", "sender": "user:1", "source": "socket", "text": TEXT % number,
     "at": "2026-01-01T10:00:00.000Z"} for number in range(5)]})}
SUBMISSION = {
    "version": 1, "room": 17, "source": "socket", "sender": "user:1", "author": "Sender",
    "reply_channel": PROCESS + "abcdefghij",
    "entries": [["a1b2c3d4-%d" % number, TEXT % number] for number in range(10)],
}


class LayerAlone(object):

    def __init__(self, redis_url, rounds):
        self.layer = RedisChannelLayer(hosts=[redis_url], durable=[DURABLE], capacity=10000)
        self.layer.flush()
        self.rounds = rounds
        for number in range(MEMBERS):
            self.layer.group_add(GROUP, PROCESS + "s%d" % number)

    def run(self):
        measured = {
            "message": self._measure(self.pass_on_messages, 100),
            "submission": self._measure(self.pass_on_submissions, TOGETHER),
            "group": self._measure(self.send_to_a_group, CLEARED),
        }
        self.layer.flush()
        return measured

    def _measure(self, function, count):
        """``count``: operations in one call of ``function``. The first call connects, and is not counted."""
        function(count)
        start, before = default_timer(), cpu_seconds()
        for _ in range(self.rounds):
            function(count)
        done = float(count * self.rounds)
        return {"time": (default_timer() - start) / done, "cpu": (cpu_seconds() - before) / done}

    def pass_on_messages(self, count):
        for _ in range(count):
            self.layer.send("websocket.receive", RECEIVED)
            self.layer.receive(CHANNELS, block=True)

    def pass_on_submissions(self, count):
        """As the pipeline does: a blocking receive for the first, then all that are waiting behind it."""
        for _ in range(count):
            self.layer.send(DURABLE, SUBMISSION)
        self.layer.receive([DURABLE], block=True)
        self.layer.receive_waiting(DURABLE, count)
        self.layer.in_flight.settle()

    def send_to_a_group(self, count):
        for _ in range(count):
            self.layer.send_group(GROUP, FRAME)
        self.layer.connection(0).delete(self.layer.prefix + PROCESS)


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(LayerAlone(sys.argv[1], int(sys.argv[2])).run()))
