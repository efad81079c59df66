# coding: utf-8
"""
SIGHUP, which log rotation sends after it has renamed the files: the process opens its log files
again instead of ending.

`logging.handlers.WatchedFileHandler` needs no signal, since it looks for the renamed file itself.
"""
from __future__ import unicode_literals

import logging
import logging.handlers
import os
import signal
import threading

logger = logging.getLogger(__name__)


def install(also=()):
    """
    Call in the main thread. From then on SIGHUP has `reopen_log_files` called, and then each function
    of ``also``, in a thread: the signal may have interrupted code that holds a handler's lock.
    """
    read_end, write_end = os.pipe()

    def wake_up(number, frame):
        os.write(write_end, b"x")

    thread = threading.Thread(target=_wait, args=(read_end, [reopen_log_files] + list(also)), name="log files")
    thread.daemon = True
    thread.start()
    signal.signal(signal.SIGHUP, wake_up)
    # On Python 2.7 it would interrupt a call to the database or Redis.
    signal.siginterrupt(signal.SIGHUP, False)


def _wait(read_end, functions):
    while os.read(read_end, 1):
        for function in functions:
            try:
                function()
            except Exception:
                logger.exception("Could not open a log file again.")


def reopen_log_files():
    """Opens the files of all `logging.FileHandler` again, by their names; one that can't be opened is kept."""
    for handler in file_handlers():
        try:
            _reopen(handler)
        except EnvironmentError as error:
            logger.error("Could not open the log file %s again, so the old one is used: %s", handler.baseFilename, error)
    logger.info("SIGHUP received: the log files were opened again.")


def file_handlers():
    """The handlers of all loggers, and those to which they pass their records on, that write to a file."""
    names = list(logging.root.manager.loggerDict)
    waiting = [handler for each in [logging.root] + [logging.getLogger(name) for name in names] for handler in each.handlers]
    found = []
    while waiting:
        handler = waiting.pop()
        if getattr(handler, "target", None) is not None:
            waiting.append(handler.target)  # of a MemoryHandler
        is_file = isinstance(handler, logging.FileHandler) and not isinstance(handler, logging.handlers.WatchedFileHandler)
        if is_file and handler not in found:
            found.append(handler)
    return found


def _reopen(handler):
    handler.acquire()
    try:
        if handler.stream is None:
            return  # It opens its file with its first record.
        handler.mode = "a"  # A second signal must not empty the file.
        old, handler.stream = handler.stream, handler._open()
        old.close()
    finally:
        handler.release()
