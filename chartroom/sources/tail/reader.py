# coding: utf-8
"""
The one process that touches the files: it hears from the consumers who watches which,
and tells a file's group what is new. It remembers the watchers in its memory alone: one
that takes over tells those of before to say again what they want.
"""
from __future__ import unicode_literals

import logging
import time

import redis
from channels import Group

from chartroom.conf import conf
from chartroom.rooms.broadcast import deliver, send_content
from chartroom.sources.tail import commands, frames
from chartroom.sources.tail.commands import CHANNEL, RENEW, START, STOP, Unreadable
from chartroom.sources.tail.follower import Follower
from chartroom.sources.tail.lease import Lease, elapsed
from chartroom.wire.protocol import CLOSE_NOT_FOUND

logger = logging.getLogger(__name__)

TURN = 0.1            # seconds from one look at the files to the next
MAX_COMMANDS = 200   # taken in one turn, so that the files have theirs
MISSED_HEARTBEATS = 3
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10  # seconds after Redis did not answer


def group_name(number):
    return "tail.%d" % number


class Reader(object):
    """``layer``: the channel layer; ``clock``: as `lease.elapsed`, for tests."""

    def __init__(self, layer, lease=None, clock=elapsed):
        self.layer = layer
        self.clock = clock
        self.lease = lease or Lease(clock)
        self.watchers = {}   # {reply channel: (file's number, last renewed)}
        self.followers = {}  # {file's number: Follower}: of those that somebody watches
        self.is_reading = None
        self.is_ended = False

    def end(self, *signal):
        """After the turn that it is at."""
        self.is_ended = True

    def run(self):
        pause = FIRST_PAUSE
        while not self.is_ended:
            began = self.clock()
            try:
                self.turn(block=not self.watchers)
                pause = FIRST_PAUSE
            except redis.RedisError as error:
                logger.error("Redis does not answer (%s): trying again in %.1f s.", error, pause)
                pause = self._wait(pause)
            except Exception:
                logger.exception("A turn failed: trying again in %.1f s.", pause)
                pause = self._wait(pause)
            time.sleep(max(0, TURN - (self.clock() - began)))
        self._close()
        self.lease.give_up()

    def _wait(self, pause):
        deadline = self.clock() + pause
        while not self.is_ended and self.clock() < deadline:
            time.sleep(TURN)
        return min(LONGEST_PAUSE, pause * 2)

    def turn(self, block=False):
        """``block``: waits for a command, where the layer can."""
        if not self.lease.keep():
            self._stand_by()
            return
        if not self.is_reading:
            self._take_over()
        self._take_commands(block)
        self._forget_silent()
        self._close_unwatched()
        for number in sorted(self.followers):
            self._send_to_group(number, self.followers[number].turn(self.clock()))

    # Being the one that reads

    def _stand_by(self):
        if self.is_reading is not False:
            logger.info("Another runtail reads: standing by.")
        self.is_reading = False
        self._close()

    def _take_over(self):
        """Nobody is in a group that this process does not know of: those of before come anew."""
        for number in conf.TAIL_FILES:
            group = group_name(number)
            Group(group).send({"text": frames.restarted()}, immediately=True)
            for channel in list(self.layer.group_channels(group)):
                Group(group).discard(channel)
        self.is_reading = True
        logger.info("Reading for those who watch one of %d files.", len(conf.TAIL_FILES))

    def _close(self):
        for follower in self.followers.values():
            follower.close()
        self.followers.clear()
        self.watchers.clear()

    # Commands

    def _take_commands(self, block):
        """Of what one socket wants, the last counts: a start that it has repeated is answered once."""
        last = {}
        for _ in range(MAX_COMMANDS):
            name, content = self.layer.receive([CHANNEL], block=block and not last)
            if name is None:
                break
            try:
                command = commands.read(content)
            except Unreadable as error:
                logger.error("Skipped a message on %s that can't be read: %s", CHANNEL, error)
                continue
            if command.op != RENEW or command.reply_channel not in last:
                last[command.reply_channel] = command
        for command in last.values():
            HANDLERS[command.op](self, command)

    def _start(self, command):
        """Its snapshot is sent before it joins the group, and nothing in between: so nothing comes twice, and nothing is missing."""
        self._leave_other(command)
        if command.file not in conf.TAIL_FILES:
            send_content(command.reply_channel, {"close": CLOSE_NOT_FOUND})
            return
        follower = self.followers.get(command.file)
        if follower is None:
            path, _ = conf.TAIL_FILES[command.file]
            follower = self.followers[command.file] = Follower(command.file, path, self.clock())
        to_group, own = follower.open_for(command.id, command.position)
        self._send_to_group(command.file, to_group)
        if self.lease.is_held:
            deliver([], [(command.reply_channel, text) for text in own])
        self._join(command)

    def _renew(self, command):
        watched = self.watchers.get(command.reply_channel)
        if watched is None or watched[0] != command.file:
            # It began with another process, and has not heard of the change.
            deliver([], [(command.reply_channel, frames.restarted())])
            return
        deliver([], [(command.reply_channel, frames.reading(self.followers[command.file].position))])
        self._join(command)

    def _stop(self, command):
        Group(group_name(command.file)).discard(command.reply_channel)
        self.watchers.pop(command.reply_channel, None)

    def _join(self, command):
        Group(group_name(command.file)).add(command.reply_channel)
        self.watchers[command.reply_channel] = command.file, self.clock()

    def _leave_other(self, command):
        number, _ = self.watchers.get(command.reply_channel, (command.file, None))
        if number != command.file:
            Group(group_name(number)).discard(command.reply_channel)
            del self.watchers[command.reply_channel]

    def _forget_silent(self):
        oldest = self.clock() - MISSED_HEARTBEATS * conf.HEARTBEAT
        silent = [channel for channel, (_, renewed) in self.watchers.items() if renewed < oldest]
        for channel in silent:
            Group(group_name(self.watchers[channel][0])).discard(channel)
            del self.watchers[channel]

    def _close_unwatched(self):
        watched = {number for number, _ in self.watchers.values()}
        for number in set(self.followers) - watched:
            self.followers.pop(number).close()

    def _send_to_group(self, number, texts):
        """One send however many watch."""
        if texts and self.lease.is_held:
            deliver([(group_name(number), {"text": text}) for text in texts], [])


HANDLERS = {START: Reader._start, RENEW: Reader._renew, STOP: Reader._stop}
