"""A file that is open for reading, and the positions in it that clients can name."""
from __future__ import unicode_literals

import errno
import os
import re
import stat

import six
from django.utils.crypto import constant_time_compare, salted_hmac

from chartroom.sources.tail.lines import MAX_LINE

HEAD = 256                      # bytes at a file's beginning that distinguish it from another file with the same inode
BLOCK = 65536                   # bytes per read
MAX_COUNTED = 16 * 1024 * 1024  # bytes in which lines are counted

# Why a file can't be read: codes of the protocol.
MISSING, NOT_A_FILE, UNREADABLE = "missing", "not_a_file", "unreadable"

POSITION = re.compile(r"([0-9a-f]{16})\.(0|[1-9][0-9]{0,18})\Z")


class CannotRead(Exception):
    """``code``: the reason, as in the protocol; ``error``: the `OSError`, or None."""

    def __init__(self, code, error=None):
        super(CannotRead, self).__init__(code, error)
        self.code = code
        self.error = error


def parse_position(text):
    """Return the ``(mark, offset)`` of a position from a client, or None if it is malformed."""
    match = POSITION.match(text)
    return (match.group(1), int(match.group(2))) if match else None


class LogFile(object):
    """
    ``number``: the file's number in the settings; ``path``: its current path. Raises `CannotRead`.

    A *position* is text in frames: an offset, and a mark that identifies the offset and the
    file. The mark is made from the inode and from the first bytes before the offset, because
    a new file may get the inode of a removed one; and it is keyed with the site's secret, so
    that only positions that were sent are valid, and that the inode is not revealed.
    """

    def __init__(self, number, path):
        self.number = number
        self.descriptor = _open(path)
        status = os.fstat(self.descriptor)
        self.identity = status.st_dev, status.st_ino
        self._head = b""

    def close(self):
        os.close(self.descriptor)

    def size(self):
        return os.fstat(self.descriptor).st_size

    def read(self, offset, count):
        """Up to ``count`` bytes; fewer only at the end."""
        os.lseek(self.descriptor, offset, os.SEEK_SET)
        parts = []
        while count > 0:
            part = os.read(self.descriptor, min(count, BLOCK))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def is_at(self, path):
        """Whether the path still leads to this file; raises `OSError` if there is none."""
        status = os.stat(path)
        return (status.st_dev, status.st_ino) == self.identity

    # Positions

    def position(self, offset):
        if len(self._head) < min(offset, HEAD):
            self._head = self.read(0, min(offset, HEAD))
        return "%s.%d" % (self._mark_of(self._head[:offset], offset), offset)

    def has(self, mark, offset):
        """Whether the position is in this file, and not after its end."""
        if offset > self.size():
            return False
        return constant_time_compare(mark, self._mark_of(self.read(0, min(offset, HEAD)), offset))

    def was_rewritten(self):
        """Whether the bytes at the beginning have changed: the file was truncated and has grown again."""
        return bool(self._head) and self.read(0, len(self._head)) != self._head

    def forget_head(self):
        self._head = b""

    def _mark_of(self, head, offset):
        what = ("%d %d %d %d " % ((self.number,) + self.identity + (offset,))).encode("ascii") + head
        return six.text_type(salted_hmac("chartroom.tail", what).hexdigest()[:16])

    # Reading backwards

    def line_at(self, offset):
        """The number of bytes before ``offset`` that are in the same line, `MAX_LINE` at most."""
        before = self.read(max(0, offset - MAX_LINE), min(offset, MAX_LINE))
        return len(before) - 1 - before.rfind(b"\n")

    def start_of_last(self, lines, end, most):
        """
        The offset at which the last ``lines`` lines before ``end`` begin, or fewer lines that
        have at most ``most`` bytes. If the last line alone has more, an offset within it.
        """
        found, start, least = 0, end, max(0, end - most)
        nearest = None
        while start > least:
            count = min(BLOCK, start - least)
            start -= count
            block = self.read(start, count)
            # The line feed at the end of the range ends the last line, and begins none.
            at = len(block) - 1 if start + count == end and block.endswith(b"\n") else len(block)
            while True:
                at = block.rfind(b"\n", 0, at)
                if at < 0:
                    break
                found += 1
                nearest = start + at + 1
                if found == lines:
                    return nearest
        if start == 0:
            return 0
        return least if nearest is None else nearest

    def count_lines(self, start, end):
        """The number of line feeds between two offsets, or None if they are more than `MAX_COUNTED` apart."""
        if end - start > MAX_COUNTED:
            return None
        count = 0
        while start < end:
            block = self.read(start, min(BLOCK, end - start))
            if not block:
                break
            count += block.count(b"\n")
            start += len(block)
        return count


def _open(path):
    try:
        # Checked before opening, because opening some devices has side effects.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CannotRead(NOT_A_FILE)
        # Non-blocking, in case the path has become a pipe, for which opening waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        raise CannotRead(MISSING if error.errno in (errno.ENOENT, errno.ENOTDIR) else UNREADABLE, error)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CannotRead(NOT_A_FILE)
    return descriptor
