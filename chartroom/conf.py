# coding: utf-8
"""
The app's settings: each ``CHARTROOM_…`` name, its default and what it accepts.

A setting is read from Django each time it is asked for, so that a test or a
reload that changes it is believed at once.
"""
from __future__ import unicode_literals

import os
import re
from collections import OrderedDict

import six
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import force_text
from django.utils.module_loading import import_string

RATE = re.compile(r"^([0-9]{1,9})/(s|m|h)\Z")
MAX_TAIL_FILE = 999999999
MAX_TAIL_LABEL = 64  # characters
SECONDS = {"s": 1, "m": 60, "h": 3600}
FEED_EVERY = 5  # seconds
FEED_NAMESPACE = "blog"
# What stands in a Content-Security-Policy as it is: nothing that could end a source or a directive.
SOCKET_ORIGIN = re.compile(r"^(wss?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?|:[0-9]{1,5})\Z")


PAGE_ORIGIN = re.compile(r"^(https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?|:[0-9]{1,5})\Z")


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


def page_origins(value):
    """A list of origins, ``"https://chat.example.org"``, and of ports of the server's own host, ``":8000"``."""
    if not isinstance(value, (list, tuple)) or not all(
            isinstance(entry, six.string_types) and PAGE_ORIGIN.match(entry) for entry in value):
        raise ValueError('must be a list of origins such as "https://chat.example.org", or of ports such as ":8000"')
    return tuple(value)


def names(value):
    if not isinstance(value, (list, tuple, set, frozenset)) or not all(isinstance(name, six.string_types) for name in value):
        raise ValueError("must be a list of names")
    return tuple(value)


def tail_files(value):
    """``{2: "/var/log/b.log", 1: ("/var/log/a.log", "a")}`` to ``{number: (path, label)}``, in the numbers' order."""
    if not isinstance(value, dict):
        raise ValueError('must be paths by number, such as {1: "/var/log/app/error.log"}')
    for number in value:
        if not isinstance(number, six.integer_types) or isinstance(number, bool) or not 1 <= number <= MAX_TAIL_FILE:
            raise ValueError("has the key %r: a whole number from 1 to %d is required" % (number, MAX_TAIL_FILE))
    return OrderedDict((number, _path_and_label(number, value[number])) for number in sorted(value))


def _path_and_label(number, entry):
    path, label = entry if isinstance(entry, (list, tuple)) and len(entry) == 2 else (entry, None)
    if not isinstance(path, six.string_types) or not os.path.isabs(path) or "\x00" in path or path.endswith("/"):
        raise ValueError('has for %d %r: an absolute path of a file is required, or (path, label)' % (number, entry))
    label = os.path.basename(path) if label is None else label
    if not isinstance(label, six.string_types) or not label.strip() or len(label) > MAX_TAIL_LABEL:
        raise ValueError("has for %d a label that is no text of 1 to %d characters" % (number, MAX_TAIL_LABEL))
    return path, force_text(label, errors="replace").strip()


def feeds(value):
    """A list of dicts, each with what `one_feed` fills in."""
    if not isinstance(value, (list, tuple)):
        raise ValueError('must be a list of feeds, such as [{"url": "https://example.org/feed", "room": "news"}]')
    filled = []
    for number, feed in enumerate(value, 1):
        try:
            filled.append(one_feed(feed))
        except ValueError as error:
            raise ValueError("must be a list of feeds, and number %d of it %s" % (number, error))
    return filled


def one_feed(value):
    """``url`` and ``room`` are required; a ``url`` that can't be read is told by `runfeed`, which reads the others."""
    if not isinstance(value, dict):
        raise ValueError("must be a dict with url and room")
    unknown = sorted("%s" % key for key in value if key not in ("url", "room", "every", "namespace"))
    if unknown:
        raise ValueError("has %s: it may have url, room, every and namespace" % ", ".join(unknown))
    feed = dict({"every": FEED_EVERY, "namespace": FEED_NAMESPACE}, **value)
    for key in ("url", "room", "namespace"):
        if not isinstance(feed.get(key), six.string_types) or not feed[key].strip():
            raise ValueError("must have a %s, which is a text" % key)
        feed[key] = force_text(feed[key], errors="replace").strip()
    try:
        feed["every"] = whole(1, 86400)(feed["every"])
    except ValueError as error:
        raise ValueError("has for every %r, which %s: seconds" % (feed["every"], error))
    return feed


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

    RESERVED_NAMES = Setting("RESERVED_NAMES", (
        "admin", "administrator", "moderator", "root", "staff", "support", "system", "chartroom", "anonymous",
        "everyone", "room", "here", "all"), names, (
        "Names that no guest may have, nor one that looks like them."))

    SOCKET_ORIGIN = Setting("SOCKET_ORIGIN", "", socket_origin, (
        "Where the interface server listens, when not at the page's own address."))

    TAIL_FILES = Setting("TAIL_FILES", {}, tail_files, (
        "The files that may be watched: absolute paths, or (path, label), by number."))

    TAIL_PERMISSION = Setting("TAIL_PERMISSION", None, dotted_function, (
        "Dotted path of ``may(user, number) -> bool``, asked for each file that somebody wants to watch."))

    FEEDS = Setting("FEEDS", [], feeds, (
        "The feeds of runfeed: a list of dicts with url and room, and perhaps every (seconds) and namespace."))

    FEED_ALLOW_PRIVATE = Setting("FEED_ALLOW_PRIVATE", False, boolean, (
        "Whether a feed may be at an address that only this machine or its network can reach."))

    HEARTBEAT = Setting("HEARTBEAT", 25, whole(1, 3600), (
        "Seconds between two pings of a client."))

    HOOK_MAX_BODY = Setting("HOOK_MAX_BODY", 65536, whole(1024, 1048576), (
        "Bytes in one delivery to a webhook."))

    HOOK_RATE_LIMIT = Setting("HOOK_RATE_LIMIT", "6000/m", rate, (
        "Deliveries to one webhook: a number per s, m or h; \"0\" for no limit."))

    PAGE_ORIGINS = Setting("PAGE_ORIGINS", [], page_origins, (
        "Origins whose pages may open a socket, besides the socket's own; \":8000\": that port of the same host."))

    LOGINS_PER_ADDRESS = Setting("LOGINS_PER_ADDRESS", "10/m", rate, (
        "Attempts to log in from one address; those that succeed do not count."))

    LOGINS_PER_NAME = Setting("LOGINS_PER_NAME", "30/m", rate, (
        "Attempts to log in under one user name, from all addresses; those that succeed do not count."))

    TRUSTED_PROXIES = Setting("TRUSTED_PROXIES", 0, whole(0, 10), (
        "Proxies of yours in front of the processes, whose entries of X-Forwarded-For are believed."))

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
