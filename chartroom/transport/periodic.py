"""A background thread that repeats a task."""
from __future__ import unicode_literals

import threading


class Periodic(threading.Thread):
    """
    Calls ``task`` at once and then every ``interval`` seconds, until it returns
    False or `stop` is called. A daemon thread: it does not keep its process alive.
    """

    daemon = True

    def __init__(self, task, interval, name):
        super(Periodic, self).__init__(name=name)
        self._task = task
        self._interval = interval
        self._ended = threading.Event()

    def run(self):
        while not self._ended.is_set() and self._task() is not False:
            self._ended.wait(self._interval)

    def stop(self, within):
        """
        Returns when the thread has ended, or after ``within`` seconds: a task may wait for
        Redis. A thread that still runs while Python 2.7 unloads its modules ends in a traceback.
        """
        self._ended.set()
        if self.is_alive():
            self.join(within)
