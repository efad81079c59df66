# coding: utf-8
"""Description of the machine and software that the figures were measured on."""
from __future__ import unicode_literals

import multiprocessing
import os
import platform
import time
from timeit import default_timer

import asgi_redis
import channels
import daphne
import django
import redis

from benchmarks.figures import median

WRITES = 50


def described(redis_url):
    server = redis.Redis.from_url(redis_url).info()["redis_version"]
    return "%s, %d cores; Python %s, Django %s, channels %s, daphne %s, asgi_redis %s, Redis %s" % (
        platform.system(), multiprocessing.cpu_count(), platform.python_version(), django.get_version(),
        channels.__version__, daphne.__version__, asgi_redis.__version__, server)


def load():
    return "%.1f" % os.getloadavg()[0]


def now():
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


def sync_seconds(folder):
    """Median seconds for the least that a commit costs: 4 KB written and synced."""
    path = os.path.join(folder, "sync")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    taken = []
    try:
        for _ in range(WRITES):
            start = default_timer()
            os.write(descriptor, b"x" * 4096)
            os.fsync(descriptor)
            taken.append(default_timer() - start)
    finally:
        os.close(descriptor)
        os.remove(path)
    return median(taken)
