"""Messages a second that one worker stores from a full queue: chartroom's pipeline, and the naive consumer."""
from __future__ import unicode_literals

import time
from collections import namedtuple
from timeit import default_timer

import redis
from channels import DEFAULT_CHANNEL_LAYER, Channel, Group
from channels.asgi import get_channel_layer

from benchmarks import processes
from benchmarks.naive import consumers as naive
from benchmarks.naive.models import NaiveMessage
from benchmarks.processes import CHARTROOM, NAIVE, Failed
from chartroom.models import Room, group_name
from chartroom.rooms.submissions import Submission

TEXT = "A message of about as many characters as people write, number %d."
REPLY_CHANNEL = "daphne.response.bench!s%d"  # as from one daphne: a single list for all its sockets
READER = "daphne.response.readers!r%d"
MEMBERS = 50
POLL_EVERY = 0.01     # seconds
FIRST_WITHIN = 30     # seconds until the first commit
STOCK = "stock"       # the alias of the stock layer, in benchmarks.settings
STALLED_AFTER = 20    # seconds without a further commit

# ``senders``: each with a reply channel, so with acks (0: one sender, without acks);
# ``together``: messages in one submission; ``members``: of each room's group.
Shape = namedtuple("Shape", "title senders together rooms members")

NOBODY_READS = Shape("no readers", 0, 1, 1, 0)
FIFTY_READ = Shape("50 readers in the room", 0, 1, 1, MEMBERS)

SHAPES = [
    NOBODY_READS._replace(title="one sender, one message a submission"),
    NOBODY_READS._replace(title="200 senders, an ack to each", senders=200),
    NOBODY_READS._replace(title="10 messages a submission", together=10),
    NOBODY_READS._replace(title="over 20 rooms", rooms=20),
    FIFTY_READ._replace(title="one sender, 50 readers in the room"),
]

# Shares of --messages: the naive consumer is slow, and a queue's messages expire after 60 s.
LAYER_SHARE = 0.2
NAIVE_SHARE = 0.2
NAIVE_SHARE_WITH_READERS = 0.03


class Bench(object):
    """The measurements on one database; ``progress`` is called with each line of progress."""

    def __init__(self, database, redis_url, folder, messages, progress):
        self.database = database
        self.redis = redis.Redis.from_url(redis_url)
        self.folder = folder
        self.messages = messages
        self.progress = progress

    def chartroom(self, shape):
        """Messages a second."""
        rooms = self._fill(shape, self.messages)
        stored = StoredInRooms(self.database, rooms)
        return self._drain("chartroom, " + shape.title, CHARTROOM, "chat-messages", stored, self.messages)

    def naive(self, shape):
        share = NAIVE_SHARE_WITH_READERS if shape.members else NAIVE_SHARE
        count = max(20, int(self.messages * share))
        self._fill_naive(shape, count)
        stored = StoredByNaive(self.database)
        return self._drain("naive consumer, " + shape.title, NAIVE, naive.CHANNEL, stored, count)

    def layer(self):
        """Submissions a second that this process receives from the channel and discards."""
        layer = get_channel_layer()
        count = int(self.messages * LAYER_SHARE)
        self._fill(SHAPES[0], count)
        start = default_timer()
        for _ in range(count):
            layer.receive(["chat-messages"], block=False)
        rate = count / (default_timer() - start)
        self.progress("%s, the layer alone: %d submissions/s" % (self.database.title, rate))
        return rate

    def _fill(self, shape, count):
        """Creates rooms, and puts submissions for them onto the channel; returns the rooms' primary keys."""
        self.redis.flushall()
        manager = Room.objects.using(self.database.alias)
        stamp = "%d" % (time.time() * 1000)
        rooms = [manager.create(name="bench-%s-%d" % (stamp, number)).pk for number in range(shape.rooms)]
        for room in rooms:
            _join(group_name(room), shape.members)

        for number in range(0, count, shape.together):
            sender = number % shape.senders if shape.senders else 0
            Submission(
                room=rooms[number % len(rooms)], source="socket", sender="user:%d" % sender,
                author="Sender %d" % sender, reply_channel=REPLY_CHANNEL % sender if shape.senders else None,
                entries=[("%s-%d" % (stamp, index), TEXT % index)
                         for index in range(number, min(number + shape.together, count))],
            ).send()
        return rooms

    def _fill_naive(self, shape, count):
        self.redis.flushall()
        _join(naive.group_name("bench"), shape.members, STOCK)
        for number in range(count):
            Channel(naive.CHANNEL, STOCK).send(
                {"room": "bench", "author": "Sender 0", "text": TEXT % number}, immediately=True)

    def _drain(self, what, project, channel, stored, count):
        """
        Starts the worker on the full queue; returns messages a second between the
        first commit seen in the database and the last. Raises `Failed` on any loss.
        """
        before = stored()
        worker = processes.worker(project, self.database.env, self.folder, "--only-channels=" + channel)
        try:
            first = last = None
            changed = default_timer()
            done = 0
            while done < count:
                time.sleep(POLL_EVERY)
                done, now = stored() - before, default_timer()
                if done > (last[0] if last else 0):
                    changed = now
                    last = (done, now)
                    first = first or last
                elif last and now - changed > STALLED_AFTER:
                    raise Failed("%s: only %d of %d messages were stored. %s" % (
                        what, done, count, worker.last_lines()))
                if first is None and now - changed > FIRST_WITHIN:
                    raise Failed("%s: nothing was stored. %s" % (what, worker.last_lines()))
                worker.check()
        finally:
            worker.stop()
        if done != count or last == first:
            raise Failed("%s: %d of %d submitted messages were stored." % (what, done, count))
        rate = (last[0] - first[0]) / (last[1] - first[1])
        self.progress("%s, %s: %d messages/s" % (self.database.title, what, rate))
        return rate


class StoredInRooms(object):
    """Callable that counts the messages of the rooms, by their last sequence numbers."""

    def __init__(self, database, rooms):
        self.rooms = Room.objects.using(database.alias).filter(pk__in=rooms)

    def __call__(self):
        return sum(self.rooms.values_list("last_seq", flat=True))


class StoredByNaive(object):
    """Callable that counts messages by the newest primary key, since only one worker writes the table."""

    def __init__(self, database):
        self.keys = NaiveMessage.objects.using(database.alias).order_by("-pk").values_list("pk", flat=True)

    def __call__(self):
        return self.keys.first() or 0


def _join(group, members, alias=DEFAULT_CHANNEL_LAYER):
    for number in range(members):
        Group(group, alias).add(READER % number)
