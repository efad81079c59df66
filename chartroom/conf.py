# coding: utf-8
"""
The app's settings: each ``CHARTROOM_…`` name, its default and what it accepts.

A setting is read from Django each time it is asked for, so that a test or a
reload that changes it is believed at once.
"""
from __future__ import unicode_literals

import re

import six
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

RATE = re.compile(r"^([0-9]{1,9})/(s|m|h)\Z")
SECONDS = {"s": 1, "m": 60, "h": 3600}
# What stands in a Content-Security-Policy as it is: nothing that could end a source or a directive.
SOCKET_ORIGIN = re.compile(r"^(wss?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?|:[0-9]{1,5})\Z")


def boolean(value):
    if not isinstance(value, bool):
        raise ValueError("must be True or False")
    return value


def whole(least, most):
    def convert(value):
        is_whole = isinstance(value, six.integer_types) and not isinstance(value, bool)
        if not is_whole or not least <= value <= most:
            raise ValueError("must be a whole number from %d to %d" % (least, most))
        return value
    return convert


def rate(value):
    """``"20/s"`` to ``(20, 1)``; ``"0"``, ``0`` and None mean no limit: None."""
    if value in (None, 0, "0", ""):
        return None
    match = RATE.match(value) if isinstance(value, six.string_types) else None
    if match is None or int(match.group(1)) == 0:
        raise ValueError('must be a number per s, m or h, such as "20/s", or "0" for no limit')
    return int(match.group(1)), SECONDS[match.group(2)]


def socket_origin(value):
    if value == "" or (isinstance(value, six.string_types) and SOCKET_ORIGIN.match(value)):
        return value
    raise ValueError('must be empty, a port such as ":8001", or an origin such as "wss://chat.example.org"')


def names(value):
    if not isinstance(value, (list, tuple, set, frozenset)) or not all(isinstance(name, six.string_types) for name in value):
        raise ValueError("must be a list of names")
    return tuple(value)


def dotted_function(value):
    if value is None:
        return None
    try:
        function = import_string(value)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ValueError("must be a function's dotted path: %s" % error)
    if not callable(function):
        raise ValueError("must be a function's dotted path, and %r can't be called" % value)
    return function


class Setting(object):
    """
    One live property of `Settings`.

    Reading it raises ``ImproperlyConfigured``, with the setting's name, where
    the project's value is not one that `convert` takes.
    """

    def __init__(self, name, default, convert, doc):
        self.name = "CHARTROOM_" + name
        self.default = default
        self.convert = convert
        self.__doc__ = doc

    def __get__(self, instance, owner):
        if instance is None:
            return self
        try:
            return self.convert(getattr(settings, self.name, self.default))
        except ValueError as error:
            raise ImproperlyConfigured("%s %s." % (self.name, error))


class Settings(object):

    GUESTS = Setting("GUESTS", False, boolean, (
        "Whether somebody without an account may read and write."))

    OPEN_ROOMS = Setting("OPEN_ROOMS", True, boolean, (
        "Whether visiting a room that is not there makes it; otherwise rooms are made in the admin."))

    PERMISSION = Setting("PERMISSION", None, dotted_function, (
        "Dotted path of ``may(identity, namespace, name, action) -> bool``; action is \"read\" or \"send\"."))

    RATE_LIMIT = Setting("RATE_LIMIT", "20/s", rate, (
        "Messages that one sender may send: a number per s, m or h; \"0\" for no limit."))

    READ_ONLY = Setting("READ_ONLY", ("blog", "deploy"), names, (
        "Namespaces whose rooms only sources talk in; everybody else reads."))

    SOCKET_ORIGIN = Setting("SOCKET_ORIGIN", "", socket_origin, (
        "Where the interface server listens, when not at the page's own address."))

    HEARTBEAT = Setting("HEARTBEAT", 25, whole(1, 3600), (
        "Seconds between two pings of a client."))

    PAGE_SIZE = Setting("PAGE_SIZE", 50, whole(1, 200), (
        "Messages in the first page that a socket is sent, and in one page of history."))

    CATCH_UP_SIZE = Setting("CATCH_UP_SIZE", 200, whole(1, 1000), (
        "Messages in one answer to a catch-up."))

    BATCH_SIZE = Setting("BATCH_SIZE", 250, whole(1, 500), (
        "Messages after which the pipeline stops adding submissions to one transaction."))


conf = Settings()


def each_setting():
    """Yields each `Setting`, in the order of their names."""
    for name in sorted(vars(Settings)):
        if isinstance(vars(Settings)[name], Setting):
            yield vars(Settings)[name]
