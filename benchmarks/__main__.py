# coding: utf-8
"""
Runs the measurements and prints one report to standard output; progress goes to
standard error. Starts and stops its own Redis and PostgreSQL, on loopback.
"""
from __future__ import print_function, unicode_literals

import argparse
import io
import os
import shutil
import sys
import tempfile

from benchmarks import DATABASES, environments

MEASUREMENTS = ["pipeline", "idle", "sockets", "hooks"]
# Only on request: it needs an environment for each Python.
PYTHONS = "pythons"

MESSAGES = 5000
IDLE_MESSAGES = 300
DELIVERIES = 1000
QUICK_MESSAGES = 1500
QUICK_IDLE_MESSAGES = 60
QUICK_DELIVERIES = 200
# The stock layer's queue: project/settings.py, channel_capacity of chat-messages.
MOST_MESSAGES = 10000


def options():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=MEASUREMENTS + [PYTHONS], help="run only this measurement")
    parser.add_argument("--database", choices=DATABASES, help="only on this database")
    parser.add_argument("--python", action="append", metavar="PATH", default=[], help=(
        "for --only pythons: the python of an environment, in addition to those of tox; may be repeated"))
    parser.add_argument("--messages", type=int, metavar="N", help="messages in the full queue (%d)" % MESSAGES)
    parser.add_argument("--quick", action="store_true", help="one round instead of three, with fewer messages and sockets")
    chosen = parser.parse_args()
    chosen.measurements = [chosen.only] if chosen.only else MEASUREMENTS
    chosen.rounds = 1 if chosen.quick else 3
    chosen.idle_messages = QUICK_IDLE_MESSAGES if chosen.quick else IDLE_MESSAGES
    chosen.deliveries = QUICK_DELIVERIES if chosen.quick else DELIVERIES
    chosen.environments, chosen.missing = environments.find(chosen.python) if chosen.only == PYTHONS else ([], [])
    if chosen.messages is None:
        chosen.messages = QUICK_MESSAGES if chosen.quick else MESSAGES
    if not 500 <= chosen.messages <= MOST_MESSAGES:
        parser.error("--messages: from 500 to %d, the capacity of the queue" % MOST_MESSAGES)
    return chosen


def progress(line):
    print(line, file=sys.stderr)
    sys.stderr.flush()


def main():
    chosen = options()
    check_packages()
    from scripts.private_redis import NoRedis, PrivateRedis  # after the check: it imports redis
    folder = tempfile.mkdtemp(prefix="chartroom-benchmarks-")
    server = None
    try:
        server = PrivateRedis()
        set_up_django(server.url, folder)
        from benchmarks import report  # imports models, so after the setup
        write(report.make(chosen, server.url, folder, progress))
    except NoRedis as error:
        sys.exit("%s Install redis-server (Debian: apt install redis-server)." % error)
    except KeyboardInterrupt:
        sys.exit("Interrupted: no figures.")
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def check_packages():
    """Exits with the name of the first missing package and the command that installs it."""
    wanted = [("channels", "requirements-legacy.txt"), ("asgi_redis", "requirements-legacy.txt"),
              ("psycopg2", "requirements-legacy.txt"), ("websocket", "requirements-test.txt")]
    for package, file in wanted:
        try:
            __import__(package)
        except ImportError:
            sys.exit("The package %r is missing: %s -m pip install -r %s" % (
                str(package.replace("websocket", "websocket-client")), sys.executable, file))


def set_up_django(redis_url, folder):
    """Sets up Django in this process, which fills the queue and reads the tables through the project's models."""
    os.environ.update({
        str("REDIS_URL"): str(redis_url), str("STATE_DIR"): str(folder), str("SECRET_KEY"): str("benchmarks"),
        str("DATABASE_URL"): str("sqlite://:memory:"), str("DJANGO_SETTINGS_MODULE"): str("benchmarks.settings"),
    })
    for name in ("DEBUG", "GUESTS", "ALLOWED_HOSTS", "RATE_LIMIT", "SOCKET_ORIGIN"):
        os.environ.pop(name, None)
    import django
    django.setup()


def write(text):
    """Writes to standard output in UTF-8, whatever the encoding of the terminal or pipe."""
    with io.open(sys.stdout.fileno(), "wb", closefd=False) as out:
        out.write((text + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
