"""Reads settings from environment variables; an invalid value raises `ImproperlyConfigured`."""
from __future__ import unicode_literals

import fcntl
import os
import re

from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import get_random_string

YES = ("1", "true", "yes", "on")
NO = ("", "0", "false", "no", "off")


def flag(name, default):
    """A switch: 1, true, yes, on, or 0, false, no, off or empty."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() not in YES + NO:
        raise ImproperlyConfigured("%s=%s: write 1 or 0." % (name, value))
    return value.lower() in YES


def whole(name, default):
    """A whole number, not negative."""
    value = os.environ.get(name) or "%d" % default
    if not re.match(r"[0-9]{1,9}\Z", value):
        raise ImproperlyConfigured("%s=%s: write a whole number." % (name, value))
    return int(value)


def names(name, default):
    """A list, separated by commas."""
    value = os.environ.get(name)
    if value is None:
        return default
    return [part.strip() for part in value.split(",") if part.strip()]


def numbered(name, pairs):
    """Convert ``["1=a", "2=b"]`` to ``{1: "a", 2: "b"}``; ``name`` is the variable, for errors."""
    found = {}
    for pair in pairs:
        number, _, value = pair.partition("=")
        if not re.match(r"[0-9]{1,9}\Z", number) or not value:
            raise ImproperlyConfigured("%s: %s: write a number, = and a path: 1=/var/log/a.log,2=/var/log/b.log" % (name, pair))
        if int(number) in found:
            raise ImproperlyConfigured("%s: the number %d is used twice." % (name, int(number)))
        found[int(number)] = value
    return found


def feeds(name):
    """Convert ``room=url,room=url`` to a value for CHARTROOM_FEEDS."""
    found = []
    for pair in names(name, []):
        room, _, url = pair.partition("=")
        if not room or not url:
            raise ImproperlyConfigured("%s: %s: write a room, = and an address: news=https://example.org/feed" % (name, pair))
        found.append({"room": room, "url": url})
    return found


def folder(path):
    """Create a folder that only its owner can read, unless it exists; return its path."""
    try:
        os.makedirs(path, 0o700)
    except OSError:
        if not os.path.isdir(path):  # Another process may have created it meanwhile.
            raise
    return path


def secret(path):
    """
    Return the secret in a file, which is created if it does not exist and only its owner can read.
    The processes of one machine share it, and sessions survive a restart.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        # If several processes start at once, the first writes the secret while the others wait.
        fcntl.flock(file, fcntl.LOCK_EX)
        text = file.read()
        if not text:
            text = get_random_string(50).encode("ascii")
            file.write(text)
        return text.decode("ascii")
