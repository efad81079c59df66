"""The two stacks, as they would be deployed: chartroom's, and the stock one with naive consumers."""
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
TRY_FOR = 2         # seconds of one attempt
TEXT = "A message of about as many characters as people write, number %d"
IN_FLIGHT = 50      # handshakes at a time: as many as daphne queues
CONNECT_WITHIN = 90  # seconds


class Stack(object):
    """
    Context manager that runs the processes of a stack on an empty Redis. ``running``:
    ``{"interface": process, "workers": [process]}``; ``complaints``, afterwards:
    ``[(process's name, [lines])]`` with the warnings and errors that they logged.
    """

    subprotocol = None
    acknowledges = False
    frame_messages = 1  # at most

    def __init__(self, database, redis_url, folder):
        self.database = database
        self.redis = redis.Redis.from_url(redis_url)
        self.folder = folder
        self.env = database.env
        self.port = free_port()
        # Each measurement has its own room.
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
        exited = self._exited()
        self._running.__exit__()
        self.complaints = exited + self._complaints()

    def _wait_until_ready(self):
        """Sends messages until one comes back, which means that all processes have started. Raises `Failed`."""
        deadline = default_timer() + READY_WITHIN
        room = "warm%s" % self.room
        while True:
            self.check()
            try:
                with self.crowd(room) as crowd:
                    crowd.connect(1, 1, TRY_FOR)
                    crowd.send(crowd.readers[0], self.frame([0]))
                    sent = default_timer()
                    while default_timer() - sent < TRY_FOR:
                        crowd.poll(0.1)
                        if crowd.delivered:
                            return
            except Failed:
                pass
            if default_timer() > deadline:
                raise Failed("%s: no message came back within %d s. %s" % (
                    self.name, READY_WITHIN, self.running["interface"].last_lines()))
            time.sleep(0.2)

    def crowd(self, room=None):
        return Crowd(self.port, self.path % (room or self.room), self.subprotocol)

    def check(self):
        for process in self._all:
            process.check()

    @property
    def _all(self):
        return [self.running["interface"]] + self.running["workers"]

    def _exited(self):
        """Processes that have exited unexpectedly, in the form of ``complaints``."""
        return [(process.name, ["It exited with status %d. %s" % (process.popen.returncode, process.last_lines())])
                for process in self._all if process.popen.poll() is not None]

    def _complaints(self):
        found = [(process.name, process.complaints()) for process in self._all]
        return [(name, lines) for name, lines in found if lines]


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
        """Returns a function that counts the messages stored in the room from now on."""
        # The room does not exist yet: its first message creates it.
        rooms = Room.objects.using(self.database.alias).filter(name=self.room).values_list("pk", flat=True)
        return lambda: StoredInRooms(self.database, list(rooms.all()))()


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
