# coding: utf-8
"""
Follows one file while it has watchers: new lines, truncation, rotation and removal.

Every frame names the position *after* which it applies and the position that it leads to,
so a client can see whether it missed something or has it already.
"""
from __future__ import unicode_literals

import logging
import os

from chartroom.sources.tail import frames, rotated
from chartroom.sources.tail.lines import MAX_LINE, Lines
from chartroom.sources.tail.log_file import BLOCK, UNREADABLE, CannotRead, LogFile, parse_position

logger = logging.getLogger(__name__)

OPEN = "open"

LAST_LINES = 200                       # lines sent to a new watcher
LAST_BYTES = 256 * 1024                # bytes of the file read for these lines, at most
MAX_TURN = 512 * 1024                  # bytes sent to the group in one turn
MAX_DISCARDED = 16 * 1024 * 1024       # bytes of an overlong line discarded in one turn
MAX_BEHIND = 2 * 1024 * 1024           # bytes unread after a turn; with more, reading skips to the last lines
MAX_RESUMED = 1024 * 1024              # bytes sent to a watcher that resumes; with more, it gets the last lines
MAX_COUNTED_FOR_ONE = 4 * MAX_RESUMED  # bytes in which the lines skipped for a watcher are counted
FLUSH_AFTER = 1.0                      # seconds without growth after which an unfinished line is sent
ROTATION_GRACE = 5.0                   # seconds for which a renamed file is still followed


class Follower(object):
    """
    `open_for` and `turn` return encoded frames, for one watcher and for the group.

    ``number`` and ``path``: of the file, in the settings; ``now``: seconds of a monotonic clock.
    """

    def __init__(self, number, path, now):
        self.number = number
        self.path = path
        self.log = None
        self.lines = None
        self.sent = 0         # the offset up to which the group has received the file
        self.position = None  # the position of that offset
        self.grown = now      # when the file last grew
        self.moved = None     # when the path was first seen to lead elsewhere
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
        Return ``(frames for the group, frames for the watcher)``. After both, the watcher has
        the group's position. ``since``: the position that the watcher has now, or None.
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
            # An earlier process may have sent the watcher a part of an unfinished line.
            to_group = self._send(self._read_to(offset)) if offset > self.sent else []
            return to_group, self._from_own(id, since, offset)
        return [], self._from_older(id, since, mark, offset) or self._from_last_lines(id, (None, None))

    def _from_own(self, id, since, offset):
        if not 0 <= self.sent - offset <= MAX_RESUMED:
            start = self._start_of_last()
            # Counting blocks all other watchers.
            is_near = start - offset <= MAX_COUNTED_FOR_ONE
            count = self.log.count_lines(offset, start) if is_near else None
            return self._from_last_lines(id, (count, max(0, start - offset)))
        return [frames.opened(id, OPEN, since, True)] + self._replay(self.log, offset, self.sent, since)

    def _from_older(self, id, since, mark, offset):
        """The rest of the rotated file and all of the current one; None if that is too much or unavailable."""
        older = rotated.find(self.number, self.path, mark, offset)
        if older is None:
            return None
        try:
            size = older.size()
            if size - offset + self.sent > MAX_RESUMED:
                return None
            texts = [frames.opened(id, OPEN, since, True)]
            texts += self._replay(older, offset, size, since, is_over=True)
            start = self.log.position(0)
            texts.append(frames.note(frames.ROTATED, older.position(size), start))
            return texts + self._replay(self.log, 0, self.sent, start)
        finally:
            older.close()

    def _from_last_lines(self, id, skipped):
        start = self._start_of_last()
        position = self.log.position(start)
        return [frames.opened(id, OPEN, position, False, skipped)] + self._replay(self.log, start, self.sent, position)

    def _start_of_last(self):
        return self.log.start_of_last(LAST_LINES, self.sent, LAST_BYTES)

    def _replay(self, log, start, end, position, is_over=False):
        """
        Frames for the lines between two offsets. ``is_over``: the file does not grow any more,
        so its last line is complete.
        """
        lines = Lines(start, log.line_at(start))
        pairs = []
        for at in range(start, end, BLOCK):
            pairs += lines.feed(log.read(at, min(BLOCK, end - at)))
        pairs += lines.finish() if is_over else lines.flush()
        replayed = []
        for entries, offset in frames.pack(pairs, start):
            after, position = position, log.position(offset)
            replayed.append(frames.lines(after, position, entries))
        return replayed

    # For the group

    def turn(self, now):
        """Frames for everything that has happened since the last turn."""
        try:
            return self._look_for_it() if self.log is None else self._read(now) + self._look_at_path(now)
        except EnvironmentError as error:
            return self._leave(UNREADABLE, error)

    def _read(self, now):
        texts = []
        size, read_to = self.log.size(), self._read_up_to()
        if size != read_to:
            self.grown = now
            if size < read_to or self.log.was_rewritten():
                texts += self._truncated()
        texts += self._send(self._read_some(MAX_TURN))

        behind = self.log.size() - self._read_up_to()
        if behind > MAX_BEHIND:
            texts += self._skip()
        elif self.lines.rest and now - self.grown > FLUSH_AFTER:
            texts += self._send(self.lines.flush())
        return texts

    def _read_up_to(self):
        """The offset up to which the file has been read, bytes of an unfinished line included."""
        return self.lines.offset + len(self.lines.rest)

    def _read_some(self, most):
        """Pairs for up to ``most`` bytes, to which the discarded part of an overlong line does not count."""
        pairs, discarded = [], 0
        while most > 0 and discarded < MAX_DISCARDED:
            data = self.log.read(self._read_up_to(), min(BLOCK, most))
            if not data:
                break
            fed = self.lines.feed(data)
            if fed:
                most -= len(data)
            else:
                discarded += len(data)
            pairs += fed
        return pairs

    def _read_to(self, offset):
        """Pairs up to ``offset`` at least, which must not be after the end of the file."""
        return self._read_some(offset - self._read_up_to()) + self.lines.flush()

    def _send(self, pairs):
        """Frames for the group; advances its position."""
        texts = []
        for entries, offset in frames.pack(pairs, self.sent):
            after = self._advance(offset)
            texts.append(frames.lines(after, self.position, entries))
        return texts

    def _advance(self, offset):
        """Set the group's offset and position; return the previous position."""
        before, self.sent, self.position = self.position, offset, self.log.position(offset)
        return before

    def _skip(self):
        """The file grows faster than it can be sent: continue with its last lines."""
        old = self.lines.offset
        start = self.log.start_of_last(LAST_LINES, self._end_of_lines(), LAST_BYTES)
        count = self.log.count_lines(old, start)
        before = self.position
        self._go_to(start)
        return [frames.skipped(before, self.position, count, start - old)]

    def _truncated(self):
        texts = self._send(self.lines.finish())
        before = self.position
        self.log.forget_head()
        self._go_to(0)
        return texts + [frames.note(frames.TRUNCATED, before, self.position)]

    def _end_of_lines(self):
        """The offset after the last complete line: an unfinished one is sent later."""
        size = self.log.size()
        unfinished = self.log.line_at(size)
        return size - unfinished if unfinished < MAX_LINE else size

    def _go_to(self, offset):
        self.lines = Lines(offset, self.log.line_at(offset))
        self._advance(offset)

    # The file at the path

    def _look_at_path(self, now):
        """
        Detect rotation. A process may write to a renamed log for a moment longer, and may
        create the new file before it uses it. So the old file is followed until the new one
        has content, or until `ROTATION_GRACE` has passed.
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
        is_read = self.log.size() <= self._read_up_to()
        if is_read and (is_used or now - self.moved > ROTATION_GRACE):
            return self._change_over()
        return []

    def _change_over(self):
        texts = self._send(self.lines.finish())
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
        # A file that was unreadable is not new: only its last lines are sent.
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
        self.sent, self.position, self.moved = 0, None, None

    def _try_to_open(self):
        """Open the file at the path; return the state: `OPEN`, or the code of the reason."""
        try:
            self.log = LogFile(self.number, self.path)
        except CannotRead as cannot:
            return cannot.code
        return OPEN
