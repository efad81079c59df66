# coding: utf-8
"""
Runs the example project as in a deployment: Redis, interface server, workers
and WSGI server as separate processes, until Ctrl-C. Called by ``make serve``.

Environment variables: PORT, the pages' port (8000); WEBSOCKET_PORT, the sockets' port
(PORT + 1); REDIS_URL, a Redis to use instead of a private one; EXAMPLE, 0 to start without
the example sources (``scripts/example.py``); EXAMPLE_PORT, the port of their feed (PORT + 2).
"""
from __future__ import print_function, unicode_literals

import os
import signal
import socket
import subprocess
import sys
import threading
import time

from honcho.manager import Manager

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from scripts.private_redis import NoRedis, PrivateRedis  # noqa: E402

HOST = "127.0.0.1"
READY_WITHIN = 30  # seconds
INTERRUPTED = 128 + signal.SIGINT  # the exit status in shells and honcho
WARNINGS = ",".join(
    "ignore:Python %s is no longer supported by the Python core team" % version for version in ("2", "3.6"))


class CannotStart(Exception):
    """The message is one line that states the problem and what to do."""


def main():
    port = port_number("PORT", 8000)
    websocket_port = port_number("WEBSOCKET_PORT", port + 1)
    example_port = port_number("EXAMPLE_PORT", port + 2)
    has_example = os.environ.get("EXAMPLE", "1") != "0"
    ports = [(port, "PORT"), (websocket_port, "WEBSOCKET_PORT"), (example_port, "EXAMPLE_PORT")]
    for number, name in ports if has_example else ports[:2]:
        check_free(number, name)

    print("chartroom starts on Python %d.%d.%d." % sys.version_info[:3])
    env = dict(os.environ, DJANGO_SETTINGS_MODULE="project.settings", PYTHONUNBUFFERED="1", PYTHONWARNINGS=WARNINGS)
    env.setdefault("SOCKET_ORIGIN", ":%d" % websocket_port)
    env.setdefault("PAGE_ORIGINS", ":%d" % port)
    redis = None if env.get("REDIS_URL") else start_redis()
    try:
        if redis:
            env["REDIS_URL"] = redis.url
        check_redis(env["REDIS_URL"])
        if has_example:
            prepare_example(env, port, example_port)
        migrate(env)
        return run(env, port, websocket_port, has_example)
    finally:
        # Last, because the other processes may need it until they exit.
        if redis:
            redis.stop()


def port_number(name, default):
    value = os.environ.get(name) or str(default)
    if not value.isdigit() or not 1 <= int(value) <= 65534:
        raise CannotStart("%s=%s: a port is a number from 1 to 65534." % (name, value))
    return int(value)


def check_free(port, name):
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((HOST, port))
    except socket.error as error:
        raise CannotStart("Port %d can't be used (%s). Use another one: make serve %s=%d" % (
            port, error.strerror, name, port + 100))
    finally:
        probe.close()


def start_redis():
    try:
        return PrivateRedis()
    except NoRedis as error:
        raise CannotStart("%s Install redis-server (Debian: apt install redis-server), or set REDIS_URL." % error)


def check_redis(url):
    import redis

    from chartroom.transport.addresses import Pool
    # A unix socket is connected at once, or not at all.
    options = {} if url.startswith("unix:") else {"socket_connect_timeout": 5}
    try:
        redis.Redis(connection_pool=Pool.from_url(url, **options)).ping()
    except (redis.RedisError, ValueError) as error:
        raise CannotStart("The Redis of REDIS_URL does not answer: %s" % error)


def prepare_example(env, port, example_port):
    """Set the locations of the example's feed and log, unless FEEDS or TAIL_FILES are set."""
    folder = os.path.join(os.path.abspath(env.get("STATE_DIR") or os.path.join(ROOT, "var")), "example")
    if not os.path.isdir(folder):
        os.makedirs(folder)
    env.update(EXAMPLE_DIR=folder, EXAMPLE_PORT="%d" % example_port, PAGES="http://%s:%d" % (HOST, port))
    if not env.get("FEEDS"):
        # Private addresses are only allowed together with the example's own feed.
        env["FEEDS"] = "news=http://%s:%d/feed.xml" % (HOST, example_port)
        env.setdefault("FEED_ALLOW_PRIVATE", "1")
    env.setdefault("TAIL_FILES", "1=%s" % os.path.join(folder, "example.log"))


def migrate(env):
    if subprocess.call([sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"], cwd=ROOT, env=env):
        raise CannotStart("The database could not be migrated: see above.")


def run(env, port, websocket_port, has_example):
    """Start the processes, and wait until they exit; return the exit status."""
    manager = Manager()
    manage = quoted(sys.executable) + " manage.py"
    worker = manage + " runworker -v 0"
    commands = [
        ("daphne", "{0} rundaphne -b {1} -p {2} -v 0".format(manage, HOST, websocket_port)),
        ("sockets1", worker + " --exclude-channels=chat-messages"),
        ("sockets2", worker + " --exclude-channels=chat-messages"),
        ("pipeline", worker + " --only-channels=chat-messages"),
        ("web", "{0} project.wsgi --bind {1}:{2} --workers 2 --log-level warning".format(
            program("gunicorn"), HOST, port)),
        ("timers", manage + " runtimers"),
    ]
    # These two would exit at once if they had nothing to do.
    if env.get("TAIL_FILES"):
        commands.append(("tail", manage + " runtail"))
    if env.get("FEEDS"):
        commands.append(("feeds", manage + " runfeed"))
    if has_example:
        commands.append(("example", quoted(sys.executable) + " scripts/example.py"))
    for name, command in commands:
        manager.add_process(name, "exec " + command, env=env, cwd=ROOT)

    thread = threading.Thread(target=report_when_ready, args=(port, websocket_port))
    thread.daemon = True
    thread.start()
    manager.loop()
    return 0 if manager.returncode == INTERRUPTED else manager.returncode


def program(name):
    """The command of an installed program, run by this Python, because the path in its first line may be too long."""
    return "{0} {1}".format(quoted(sys.executable), quoted(os.path.join(os.path.dirname(sys.executable), name)))


def quoted(path):
    return "'%s'" % path.replace("'", "'\\''")


def report_when_ready(port, websocket_port):
    deadline = time.time() + READY_WITHIN
    waiting = [port, websocket_port]
    while waiting and time.time() < deadline:
        if answers(waiting[0]):
            waiting.pop(0)
        else:
            time.sleep(0.05)
    if waiting:
        print("Not everything has started within %d s: see the lines above." % READY_WITHIN)
    else:
        print("\n    chartroom runs: open http://%s:%d/      (Ctrl-C stops it)\n" % (HOST, port))
    sys.stdout.flush()


def answers(port):
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except socket.error:
        return False
    return True


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotStart as error:
        sys.exit("chartroom can't start: %s" % error)
