"""The file that was at a path before: for who comes back and had not read it to its end."""
from __future__ import unicode_literals

import os

from chartroom.sources.tail.log_file import CannotRead, LogFile

MAX_SIBLINGS = 1000  # files that are looked at


def find(number, path, mark, offset):
    """
    The open `LogFile` beside ``path``, under a name that begins with its name
    (``error.log.1``, ``error.log-20260131``), that has the position; None where there is
    none, or where there was another one between that and the file that is here now.
    """
    try:
        newest = max(_siblings(path), key=os.path.getmtime)
        log = LogFile(number, newest)
    except (ValueError, OSError, CannotRead):  # there is none, or it is gone by now
        return None
    if log.has(mark, offset):
        return log
    log.close()
    return None


def _siblings(path):
    folder, own = os.path.split(path)
    return [os.path.join(folder, name) for name in os.listdir(folder)[:MAX_SIBLINGS] if name.startswith(own) and name != own]
