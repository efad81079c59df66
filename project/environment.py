"""Settings out of the environment, each with a clear complaint about what it can't be."""
from __future__ import unicode_literals

import errno
import io
import os

from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import get_random_string

YES = ("1", "true", "yes", "on")
NO = ("", "0", "false", "no", "off")


def flag(name, default):
    """A switch: 1, true, yes, on, or 0, false, no, off."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() not in YES + NO:
        raise ImproperlyConfigured("%s=%s: write 1 or 0." % (name, value))
    return value.lower() in YES


def names(name, default):
    """A list, separated by commas."""
    value = os.environ.get(name)
    if value is None:
        return default
    return [part.strip() for part in value.split(",") if part.strip()]


def secret(path):
    """
    The secret in a file that only its owner reads, made when it is not there:
    the processes of one machine share it, and a restart keeps the sessions.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
    else:
        with os.fdopen(descriptor, "wb") as file:
            file.write(get_random_string(50).encode("ascii"))
    with io.open(path, encoding="ascii") as file:
        return file.read()
