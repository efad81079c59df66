"""
Reads a feed's document in a process of its own.

feedparser's regular expressions need quadratic time: 100 KB of one letter as an
author are 36 seconds, in which no other thread of the process comes to run. So
here is a process that can be ended, with a bound on its time and its memory.
"""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (first of all: that process starts here)

import json
import os
import resource
import subprocess
import sys
import threading

from chartroom.sources.feeds.entries import parse
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.plain_text import one_line

MAX_SECONDS = 20
MAX_MEMORY = 1024 ** 3  # bytes

# Python 2.7 hands the pipes of one child on to another that is started at the same moment.
starting = threading.Lock()


def read(answer, deadline):
    """What `entries.parse` makes of a `fetch.Answer`; raises `FeedError`, also when the `Deadline` is over."""
    request = json.dumps([answer.url, answer.content_type]).encode("ascii") + b"\n" + answer.body
    with starting:
        process = subprocess.Popen(
            [sys.executable, "-m", "chartroom.sources.feeds.reader"], env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with deadline.cutting(process.kill):
        output, complaint = process.communicate(request)

    if deadline.is_over:
        raise FeedError("can't be read within %d s" % deadline.seconds)
    if process.returncode:
        raise FeedError("can't be read (status %d: %s)" % (process.returncode, _last_line(complaint)))
    result = json.loads(output.decode("ascii"))
    if "error" in result:
        raise FeedError(result["error"])
    return result


def _last_line(complaint):
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return one_line(lines[-1] if lines else "it said nothing", 200)


def main():
    # Its parent may be gone before it is done.
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    stdin = getattr(sys.stdin, "buffer", sys.stdin)
    url, content_type = json.loads(stdin.readline().decode("ascii"))
    try:
        result = parse(stdin.read(), url, content_type)
    except FeedError as error:
        result = {"error": error.detail}
    sys.stdout.write(str(json.dumps(result)))


if __name__ == "__main__":
    main()
