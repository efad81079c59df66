"""The files of ``deploy/``, and copies of them for this machine: other paths, ports, user and passwords."""
from __future__ import unicode_literals

import getpass
import io
import os
import random
import shutil
import socket
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPLOY = os.path.join(ROOT, "deploy")
HOST = "chat.example.org"
PASSWORD = "correct-horse"
# The last digits of the ports: 80 and 443 of nginx, two interface servers and two gunicorn. Prefixes below those
# of outgoing connections.
LAST_DIGITS = ("80", "43", "79", "01", "02", "11", "12")
PREFIXES = range(100, 320)


def program(name):
    """The path of an installed program. Without it the test is skipped, or fails in CI."""
    folders = os.environ.get("PATH", "").split(os.pathsep) + ["/usr/sbin", "/sbin"]
    for folder in folders:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    missing = "%s is not installed (Debian: apt install nginx-light supervisor logrotate curl systemd)." % name
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def free_prefix():
    """The first three digits of the ports, none of which is in use."""
    for number in random.sample(list(PREFIXES), len(PREFIXES)):
        if all(is_free(int("%d%s" % (number, digits))) for digits in LAST_DIGITS):
            return "%d" % number
    raise AssertionError("no free ports")


def is_free(port):
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", port))
    except socket.error:
        return False
    finally:
        probe.close()
    return True


def text_of(*path):
    with io.open(os.path.join(DEPLOY, *path), encoding="utf-8") as file:
        return file.read()


class Copies(object):
    """Files of ``deploy/`` in a folder, with what differs on this machine replaced. ``prefix``: see `free_prefix`."""

    def __init__(self, folder, prefix):
        self.folder = folder
        self.prefix = prefix
        self.replaced = [
            # nginx
            ("listen [::]:80;", ""), ("listen [::]:443 ssl;", ""),
            ("listen 80;", "listen 127.0.0.1:%s80;" % prefix), ("listen 443 ssl;", "listen 127.0.0.1:%s43 ssl;" % prefix),
            ("/etc/ssl/chartroom/fullchain.pem", self.path("certificate.pem")),
            ("/etc/ssl/chartroom/privkey.pem", self.path("certificate.pem")),
            ("include snippets/", "include %s/" % folder),
            # supervisor
            ("/srv/chartroom/.venv/bin/python", sys.executable), ("/srv/chartroom/deploy/", folder + "/"),
            ("/srv/chartroom/static", self.path("static")), ("/srv/chartroom", ROOT),
            ("user=chartroom", "user=" + getpass.getuser()), ("/var/log/chartroom", self.path("log")),
            ("-p 80", "-p " + prefix),
            # The rest
            ("/etc/chartroom/", folder + "/"), ("127.0.0.1:80", "127.0.0.1:" + prefix),
            ("port 6379", "port %s79" % prefix), (":6379", ":%s79" % prefix), ("dir /var/lib/redis", "dir " + folder),
            ("/var/lib/chartroom", self.path("state")), ("CHANGE-ME", PASSWORD),
            ("/var/run/supervisord.pid", self.path("supervisord.pid")),
            ("supervisorctl ", "supervisorctl -c %s " % self.path("supervisord.conf")),
        ]

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def port(self, digits):
        return int(self.prefix + digits)

    def text_of(self, *path):
        text = text_of(*path)
        for old, new in self.replaced:
            text = text.replace(old, new)
        return text

    def write(self, name, text):
        with io.open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def copy(self, name, *path):
        """Writes the copy of a file as ``name``, with its mode."""
        copied = self.write(name, self.text_of(*path))
        shutil.copymode(os.path.join(DEPLOY, *path), copied)
        return copied
