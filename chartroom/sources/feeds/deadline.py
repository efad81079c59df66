"""
The end of what takes too long. A socket's own time-out begins anew with each
byte: a server that sends one a second would be listened to for ever.
"""
from __future__ import unicode_literals

import threading
from contextlib import contextmanager


class Deadline(object):
    """
    ``with Deadline(30) as deadline:``. What waits in it names a way to be cut
    off (`cutting`), which is taken after so many seconds, or at `end`.
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
        # Python 2.7 prints a traceback for a thread that is left when the process ends.
        self._timer.join()

    @contextmanager
    def cutting(self, cut):
        """``cut()`` is called from another thread, at most once, and not after this has been left; it must not wait."""
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
