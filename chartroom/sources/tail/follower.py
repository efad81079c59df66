# coding: utf-8
"""
One file, from the first watcher to the last: what is new in it, and what became of it.

Every frame names the position *after* which it goes and the one that it leads to, so
a reader sees whether it misses something or has it already.
"""
from __future__ import unicode_literals

import logging
import os

from chartroom.sources.tail import frames, rotated
from chartroom.sources.tail.lines import MAX_LINE, Lines
from chartroom.sources.tail.log_file import BLOCK, UNREADABLE, CannotRead, LogFile, parse_position

logger = logging.getLogger(__name__)

OPEN = "open"

LAST_LINES = 200             # told to who comes
LAST_BYTES = 256 * 1024      # and no more of the file than that
MAX_TURN = 512 * 1024     # bytes that are told in one turn
MAX_DISCARDED = 16 * 1024 * 1024  # bytes of a line too long that are passed over in one turn
MAX_BEHIND = 2 * 1024 * 1024  # bytes that may wait behind a turn: with more, the reading goes on at the end
MAX_RESUMED = 1024 * 1024   # bytes that are told to who comes back
MAX_COUNTED_FOR_ONE = 4 * MAX_RESUMED  # bytes
FLUSH_AFTER = 1.0                  # seconds after which a line without an end is told
ROTATION_GRACE = 5.0           # seconds after which a file is left that is at its path no more


class Follower(object):
    """
    ``open_for`` and `turn` return texts of frames, for one watcher and for the group.
    ``now``: seconds of a clock that nobody sets.
    """

    def __init__(self, number, path, now):
        self.number = number
        self.path = path
        self.log = None
        self.lines = None
        self.told = 0         # the offset up to which the group has been told
        self.position = None  # and its name
        self.grown = now
        self.moved = None     # since when the path leads elsewhere
        self.state = self._try_to_open()
        if self.log:
            try:
                self._go_to(self._end_of_lines())
            except EnvironmentError as error:
                self._leave(UNREADABLE, error)

    def close(self):
        if self.log:
            self.log.close()
            self.log = None

    # For one watcher

    def open_for(self, id, since):
        """
        ``(frames for the group, frames for the watcher)``, who is told up to the position
        that the group has then. ``since``: the position that the watcher has, or None.
        """
        mark, offset = parse_position(since) if since else (None, 0)
        try:
            return self._open_for(id, since, mark, offset)
        except EnvironmentError as error:
            to_group = self._leave(UNREADABLE, error)
            return to_group, [frames.opened(id, self.state, None, False)]

    def _open_for(self, id, since, mark, offset):
        if self.log is None:
            return [], [frames.opened(id, self.state, None, False)]
        if mark is None:
            return [], self._from_last_lines(id, None)
        if self.log.has(mark, offset):
            # One that came before us may have been told of a line that has no end yet.
            to_group = self._tell(self._read_to(offset)) if offset > self.told else []
            return to_group, self._from_own(id, since, offset)
        return [], self._from_older(id, since, mark, offset) or self._from_last_lines(id, (None, None))

    def _from_own(self, id, since, offset):
        if not 0 <= self.told - offset <= MAX_RESUMED:
            start = self._start_of_last()
            # All the others wait while it counts.
            is_near = start - offset <= MAX_COUNTED_FOR_ONE
            count = self.log.count_lines(offset, start) if is_near else None
            return self._from_last_lines(id, (count, max(0, start - offset)))
        return [frames.opened(id, OPEN, since, True)] + self._replay(self.log, offset, self.told, since)

    def _from_older(self, id, since, mark, offset):
        """The rest of the file that was here before, and all of this one; None where that can't be had."""
        older = rotated.find(self.number, self.path, mark, offset)
        if older is None:
            return None
        try:
            size = older.size()
            if size - offset + self.told > MAX_RESUMED:
                return None
            told = [frames.opened(id, OPEN, since, True)] + self._replay(older, offset, size, since, is_over=True)
            start = self.log.position(0)
            return told + [frames.note(frames.ROTATED, older.position(size), start)] + self._replay(self.log, 0, self.told, start)
        finally:
            older.close()

    def _from_last_lines(self, id, skipped):
        start = self._start_of_last()
        position = self.log.position(start)
        return [frames.opened(id, OPEN, position, False, skipped)] + self._replay(self.log, start, self.told, position)

    def _start_of_last(self):
        return self.log.start_of_last(LAST_LINES, self.told, LAST_BYTES)

    def _replay(self, log, start, end, position, is_over=False):
        """Frames of what stands between two offsets, as it was told or would have been."""
        lines = Lines(start, log.line_at(start))
        told = []
        for at in range(start, end, BLOCK):
            told += lines.feed(log.read(at, min(BLOCK, end - at)))
        told += lines.finish() if is_over else lines.flush()
        replayed = []
        for entries, offset in frames.pack(told, start):
            after, position = position, log.position(offset)
            replayed.append(frames.lines(after, position, entries))
        return replayed

    # For the group

    def turn(self, now):
        """What has come since the last turn."""
        try:
            return self._look_for_it() if self.log is None else self._read(now) + self._look_at_path(now)
        except EnvironmentError as error:
            return self._leave(UNREADABLE, error)

    def _read(self, now):
        told = []
        size, read_to = self.log.size(), self.lines.offset + len(self.lines.rest)
        if size != read_to:
            self.grown = now
            if size < read_to or self.log.was_rewritten():
                told += self._truncated()
        told += self._tell(self._read_some(MAX_TURN))

        behind = self.log.size() - self.lines.offset - len(self.lines.rest)
        if behind > MAX_BEHIND:
            told += self._skip()
        elif self.lines.rest and now - self.grown > FLUSH_AFTER:
            told += self._tell(self.lines.flush())
        return told

    def _read_some(self, most):
        """Pairs for up to ``most`` bytes; what is left out of a long line costs nobody anything but its reading."""
        told, passed = [], 0
        while most > 0 and passed < MAX_DISCARDED:
            data = self.log.read(self.lines.offset + len(self.lines.rest), min(BLOCK, most))
            if not data:
                break
            fed = self.lines.feed(data)
            if fed:
                most -= len(data)
            else:
                passed += len(data)
            told += fed
        return told

    def _read_to(self, offset):
        """Pairs up to an offset at least, which is not behind the end."""
        told = self._read_some(offset - self.lines.offset - len(self.lines.rest))
        return told + self.lines.flush()

    def _tell(self, told):
        texts = []
        for entries, offset in frames.pack(told, self.told):
            after = self._told_to(offset)
            texts.append(frames.lines(after, self.position, entries))
        return texts

    def _told_to(self, offset):
        """Returns the position before."""
        before, self.told, self.position = self.position, offset, self.log.position(offset)
        return before

    def _skip(self):
        """More comes than can be told: on to the last lines."""
        passed = self.lines.offset
        start = self.log.start_of_last(LAST_LINES, self._end_of_lines(), LAST_BYTES)
        count = self.log.count_lines(passed, start)
        before = self.position
        self._go_to(start)
        return [frames.skipped(before, self.position, count, start - passed)]

    def _truncated(self):
        texts = self._tell(self.lines.finish())
        before = self.position
        self.log.forget_head()
        self._go_to(0)
        return texts + [frames.note(frames.TRUNCATED, before, self.position)]

    def _end_of_lines(self):
        """A line that has no end yet is told with its end, or when it has stood for a while."""
        size = self.log.size()
        shown = self.log.line_at(size)
        return size - shown if shown < MAX_LINE else size

    def _go_to(self, offset):
        self.lines = Lines(offset, self.log.line_at(offset))
        self._told_to(offset)

    # What is at the path

    def _look_at_path(self, now):
        """
        Whoever renames a log may write into it for a moment longer, and the new one is
        made before it is used: so the old one is left when there is something in the new
        one, or after a while.
        """
        try:
            if self.log.is_at(self.path):
                self.moved = None
                return []
            is_used = os.stat(self.path).st_size > 0
        except OSError:
            is_used = False
        if self.moved is None:
            self.moved = now
        is_read = self.log.size() <= self.lines.offset + len(self.lines.rest)
        if is_read and (is_used or now - self.moved > ROTATION_GRACE):
            return self._change_over()
        return []

    def _change_over(self):
        texts = self._tell(self.lines.finish())
        before = self.position
        self._drop()
        self.state = self._try_to_open()
        if self.log is None:
            return texts + [frames.note(self.state, before, None)]
        self._go_to(0)
        return texts + [frames.note(frames.ROTATED, before, self.position)]

    def _look_for_it(self):
        before, state = self.state, self._try_to_open()
        if self.log is None:
            self.state = state
            return [] if state == before else [frames.note(state, None, None)]
        # Of one that was there before and could not be read, only the end is news.
        is_new = before != UNREADABLE
        self._go_to(0 if is_new else self.log.start_of_last(LAST_LINES, self.log.size(), LAST_BYTES))
        self.state = state
        return [frames.note(frames.FOUND, None, self.position)]

    def _leave(self, code, error):
        before = self.state, self.position
        self._drop()
        self.state = code
        if before == (code, None):
            return []
        logger.warning("File %d can't be read any more: %s", self.number, error)
        return [frames.note(code, before[1], None)]

    def _drop(self):
        self.close()
        self.told, self.position, self.moved = 0, None, None

    def _try_to_open(self):
        """The state: `OPEN`, or why not."""
        try:
            self.log = LogFile(self.number, self.path)
        except CannotRead as cannot:
            return cannot.code
        return OPEN
