"""A private Redis server: on loopback, with a password, without persistence."""
from __future__ import unicode_literals

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid

import redis

from scripts.ports import free_port

START_WITHIN = 10  # seconds


class NoRedis(Exception):
    """Redis is not installed or does not start; the message states which."""


class PrivateRedis(object):
    """``url`` is a value for REDIS_URL; ``extra``: additional lines of the configuration. Call `stop` at the end."""

    def __init__(self, port=None, extra=()):
        self.extra = extra
        self.program = find_program()
        self.port = port or free_port()
        self.password = uuid.uuid4().hex
        self.url = "redis://:%s@127.0.0.1:%d/0" % (self.password, self.port)
        self.start()

    def start(self):
        # For files that it writes: a replica's copy, a configuration that Sentinel changed. `stop` removes them.
        self.folder = tempfile.mkdtemp()
        # The password is passed on standard input, because every user can see a command line. The new session
        # keeps Ctrl-C in a terminal from stopping the server before its clients. close_fds is for Python 2.7,
        # where the server would inherit open sockets, and closing them here would not end the connection.
        self.process = subprocess.Popen(
            [self.program, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=os.setsid, cwd=self.folder, close_fds=True,
        )
        config = "bind 127.0.0.1\nport %d\nrequirepass %s\nsave \"\"\nappendonly no\nloglevel warning\nlogfile /dev/null\n"
        config = config % (self.port, self.password) + "".join(line + "\n" for line in self.extra)
        try:
            self.process.stdin.write(config.encode("utf-8"))
            self.process.stdin.close()
        except EnvironmentError:
            pass  # It has exited already, which is reported below.

        deadline = time.time() + START_WITHIN
        while not self.answers():
            if self.process.poll() is not None or time.time() > deadline:
                self.stop()
                raise NoRedis("%s did not start." % self.program)
            time.sleep(0.02)

    def answers(self):
        try:
            return redis.Redis.from_url(self.url).ping()
        except redis.RedisError:
            return False

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def find_program():
    """Return the redis-server that scripts/bring-redis installed, or the first on PATH; raise `NoRedis`."""
    folders = [os.path.join(sys.prefix, "redis", "bin")] + os.environ.get("PATH", "").split(os.pathsep)
    for folder in folders:
        program = os.path.join(folder, "redis-server")
        if os.access(program, os.X_OK):
            return program
    raise NoRedis("No redis-server is on PATH.")
