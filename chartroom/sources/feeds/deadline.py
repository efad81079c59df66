"""
A limit on the total duration of an operation. A socket's own time-out starts again with
each byte, so a server that sends one byte a second would never time out.
"""
from __future__ import unicode_literals

import threading
from contextlib import contextmanager


class Deadline(object):
    """
    ``with Deadline(30) as deadline:``. Blocking operations in the block register a
    callback (`cutting`), which is called after that many seconds, or by `end`.
    """

    def __init__(self, seconds):
        self.seconds = seconds
        self.is_over = False
        self._cuts = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.end)
        self._timer.daemon = True

    def __enter__(self):
        self._timer.start()
        return self

    def __exit__(self, *exception):
        self._timer.cancel()
        # Python 2.7 prints a traceback for a thread that still runs when the process exits.
        self._timer.join()

    @contextmanager
    def cutting(self, cut):
        """
        Call ``cut()`` from another thread when the deadline is over: at most once, and never
        after the block. It must not wait.
        """
        with self._lock:
            self._cuts.append(cut)
            if self.is_over:
                cut()
        try:
            yield
        finally:
            with self._lock:
                self._cuts.remove(cut)

    def end(self):
        with self._lock:
            if not self.is_over:
                self.is_over = True
                for cut in self._cuts:
                    cut()
