"""Finds the rotated file of a log, for clients that resume at a position in it."""
from __future__ import unicode_literals

import os

from chartroom.sources.tail.log_file import CannotRead, LogFile

MAX_SIBLINGS = 1000  # directory entries that are considered


def find(number, path, mark, offset):
    """
    Return the open `LogFile` that has the position: the newest file beside ``path`` whose
    name begins with that of ``path`` (``error.log.1``, ``error.log-20260131``). Return None if
    there is none, or if another file came between it and the current one.
    """
    try:
        newest = max(_siblings(path), key=os.path.getmtime)
        log = LogFile(number, newest)
    except (ValueError, OSError, CannotRead):  # none exists, or it has been removed meanwhile
        return None
    if log.has(mark, offset):
        return log
    log.close()
    return None


def _siblings(path):
    folder, own = os.path.split(path)
    names = os.listdir(folder)[:MAX_SIBLINGS]
    return [os.path.join(folder, name) for name in names if name.startswith(own) and name != own]
