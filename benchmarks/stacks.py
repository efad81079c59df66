"""The two stacks that carry sockets, as they would be deployed: chartroom's, and the stock one with naive consumers."""
from __future__ import unicode_literals

import json
import time
from timeit import default_timer

import redis

from benchmarks import processes
from benchmarks.pipeline import StoredByNaive, StoredInRooms
from benchmarks.processes import CHARTROOM, NAIVE, Failed, Running
from benchmarks.readers import Crowd
from chartroom.models import Room
from chartroom.wire.limits import MAX_MESSAGES
from chartroom.wire.protocol import SUBPROTOCOL
from scripts.ports import free_port

READY_WITHIN = 30   # seconds
ASK_EVERY = 2       # seconds between two tries
TEXT = "A message of about as many characters as people write, number %d"
IN_FLIGHT = 50      # handshakes: as many as daphne lets wait
CONNECT_WITHIN = 90  # seconds


class Stack(object):
    """
    Its processes for the time of a ``with``, on an empty Redis; ``running``:
    ``{"interface": process, "workers": [process]}``; ``complaints``, after it:
    ``[(process's name, [lines])]`` that they logged as warnings and errors.
    """

    subprotocol = None
    acknowledges = False
    frame_messages = 1  # at most

    def __init__(self, database, redis_url, folder):
        self.database = database
        self.redis = redis.Redis.from_url(redis_url)
        self.folder = folder
        self.env = dict(database.env, RATE_LIMIT="0", LIMITS="0")
        self.port = free_port()
        # A room of its own for each measurement.
        self.room = "load%d" % (time.time() * 1000)

    def __enter__(self):
        self.redis.flushall()
        self._running = Running(*(self.workers() + [self.interface]))
        running = self._running.__enter__().running
        self.running = {"interface": running[-1], "workers": running[:-1]}
        try:
            self._wait_until_ready()
        except BaseException:
            self._running.__exit__()
            raise
        return self

    def __exit__(self, *error):
        ended = self._ends()
        self._running.__exit__()
        self.complaints = ended + self._complaints()

    def _wait_until_ready(self):
        """All processes have started when a message has been all the way."""
        deadline = default_timer() + READY_WITHIN
        room = "warm%s" % self.room
        while True:
            self.check()
            try:
                with self.crowd(room) as crowd:
                    crowd.connect(1, 1, ASK_EVERY)
                    crowd.send(crowd.readers[0], self.frame([0]))
                    asked = default_timer()
                    while default_timer() - asked < ASK_EVERY:
                        crowd.poll(0.1)
                        if crowd.delivered:
                            return
            except Failed:
                pass
            if default_timer() > deadline:
                raise Failed("%s: no message came back within %d s. %s" % (
                    self.name, READY_WITHIN, self.running["interface"].last_words()))
            time.sleep(0.2)

    def crowd(self, room=None):
        return Crowd(self.port, self.path % (room or self.room), self.subprotocol)

    def check(self):
        for process in self._all:
            process.check()

    @property
    def _all(self):
        return [self.running["interface"]] + self.running["workers"]

    def _ends(self):
        """What has already ended, and should not have."""
        return [(process.name, ["It ended with status %d. %s" % (process.popen.returncode, process.last_words())])
                for process in self._all if process.popen.poll() is not None]

    def _complaints(self):
        told = [(process.name, process.complaints()) for process in self._all]
        return [(name, lines) for name, lines in told if lines]


class Chartroom(Stack):

    name = "chartroom"
    path = "/chat/%s/"
    subprotocol = SUBPROTOCOL
    acknowledges = True
    frame_messages = MAX_MESSAGES

    def workers(self):
        return [
            lambda: processes.worker(CHARTROOM, self.env, self.folder, "--exclude-channels=chat-messages"),
            lambda: processes.worker(CHARTROOM, self.env, self.folder, "--exclude-channels=chat-messages"),
            lambda: processes.worker(CHARTROOM, self.env, self.folder, "--only-channels=chat-messages"),
        ]

    def interface(self):
        return processes.rundaphne(CHARTROOM, self.env, self.folder, self.port)

    def frame(self, numbers):
        return json.dumps({"type": "send", "messages": [
            {"id": "%d" % number, "text": TEXT % number} for number in numbers]})

    def count_stored(self):
        """A function that counts the room's messages from now on."""
        rooms = Room.objects.using(self.database.alias).filter(name=self.room).values_list("pk", flat=True)
        return StoredInRooms(self.database, list(rooms))


class Stock(Stack):

    name = "stock"
    path = "/room/%s/"

    def workers(self):
        return [lambda: processes.worker(NAIVE, self.env, self.folder)] * 2

    def interface(self):
        return processes.daphne(NAIVE, self.env, self.folder, self.port)

    def frame(self, numbers):
        return TEXT % numbers[0]

    def count_stored(self):
        stored = StoredByNaive(self.database)
        before = stored()
        return lambda: stored() - before


STACKS = (Chartroom, Stock)
