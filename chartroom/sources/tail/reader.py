# coding: utf-8
"""
The single process that reads the files: it receives the consumers' commands, and sends new
lines to each file's group. It keeps the watchers in memory only: a process that takes over
asks the watchers of the previous one to start again.
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

TURN = 0.1              # seconds between two reads of the files
MAX_COMMANDS = 200      # commands handled in one turn, so that the files are read in time
MISSED_HEARTBEATS = 3   # heartbeats without a renewal after which a watcher is dropped
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10  # seconds between retries after an error


def group_name(number):
    return "tail.%d" % number


class Reader(object):
    """``layer``: the channel layer; ``clock``: a function like `lease.elapsed`, for tests."""

    def __init__(self, layer, lease=None, clock=elapsed):
        self.layer = layer
        self.clock = clock
        self.lease = lease or Lease(clock)
        self.watchers = {}   # {reply channel: (file's number, time of the last renewal)}
        self.followers = {}  # {file's number: Follower}: only files that are watched
        self.is_reading = None
        self.is_ended = False

    def end(self, *signal):
        """Make `run` return after the current turn."""
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
        """``block``: wait for a command, if the layer can."""
        if not self.lease.keep():
            self._stand_by()
            return
        if not self.is_reading:
            self._take_over()
        self._take_commands(block)
        self._drop_silent()
        self._close_unwatched()
        for number in sorted(self.followers):
            self._send_to_group(number, self.followers[number].turn(self.clock()))

    # Active and standby

    def _stand_by(self):
        if self.is_reading is not False:
            logger.info("Another runtail is active: standing by.")
        self.is_reading = False
        self._close()

    def _take_over(self):
        """Ask the watchers of the previous process to start again, and remove them from their groups."""
        for number in conf.TAIL_FILES:
            group = group_name(number)
            Group(group).send({"text": frames.restarted()}, immediately=True)
            for channel in list(self.layer.group_channels(group)):
                Group(group).discard(channel)
        self.is_reading = True
        logger.info("Active: serving watchers of %d files.", len(conf.TAIL_FILES))

    def _close(self):
        for follower in self.followers.values():
            follower.close()
        self.followers.clear()
        self.watchers.clear()

    # Commands

    def _take_commands(self, block):
        """Handle the last command of each socket, so that a repeated start is answered once."""
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
        """
        Send the snapshot, then add the socket to the group. Nothing is sent to the group in
        between, so no line is sent twice or missed.
        """
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
            # It started with another process, and missed the frame about the change.
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

    def _drop_silent(self):
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
        """One send, however many watchers there are."""
        if texts and self.lease.is_held:
            deliver([(group_name(number), {"text": text}) for text in texts], [])


HANDLERS = {START: Reader._start, RENEW: Reader._renew, STOP: Reader._stop}
