"""
Parses a feed document in a child process.

feedparser's regular expressions take quadratic time: an author of 100 KB of one letter
takes 36 seconds, during which no other thread of the process runs. The child process
can be killed, and has limits on its CPU time and memory.
"""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (imported first: this module is the child's entry point)

import json
import os
import resource
import subprocess
import sys
import threading

from chartroom.sources.feeds.entries import parse
from chartroom.sources.feeds.errors import FeedError
from chartroom.sources.feeds.plain_text import one_line

MAX_SECONDS = 20        # seconds of wall-clock and of CPU time for one document
MAX_MEMORY = 1024 ** 3  # bytes of address space

# On Python 2.7 a child inherits the pipes of another child that is started at the same time.
starting = threading.Lock()


def read(answer, deadline):
    """Return `entries.parse` of a `fetch.Answer`; raise `FeedError` if that fails or the `Deadline` is over."""
    request = json.dumps([answer.url, answer.content_type]).encode("ascii") + b"\n" + answer.body
    with starting:
        process = subprocess.Popen(
            [sys.executable, "-m", "chartroom.sources.feeds.reader"],
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with deadline.cutting(process.kill):
        output, errors = process.communicate(request)

    if deadline.is_over:
        raise FeedError("can't be read within %d s" % deadline.seconds)
    if process.returncode:
        raise FeedError("can't be read (status %d: %s)" % (process.returncode, _last_line(errors)))
    result = json.loads(output.decode("ascii"))
    if "error" in result:
        raise FeedError(result["error"])
    return result


def _last_line(errors):
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return one_line(lines[-1] if lines else "no output", 200)


def main():
    # Set here as well, because the parent, which would kill it, may exit first.
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
