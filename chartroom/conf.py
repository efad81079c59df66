# coding: utf-8
"""
The app's settings: each ``CHARTROOM_…`` name, its default and the values that it accepts.

A setting is read from Django's settings on each access, so that a change takes effect at once.
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
# Inserted into a Content-Security-Policy unescaped: no character that could end a source or a directive.
SOCKET_ORIGIN = re.compile(r"^(wss?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?|:[0-9]{1,5})\Z")
PAGE_ORIGIN = re.compile(r"^(https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?|:[0-9]{1,5})\Z")


# Sent in a header.
TOKEN = re.compile(r"^[!-~]{16,}\Z")


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
    """Convert ``"20/s"`` to ``(20, 1)``, a number per seconds; ``"0"``, ``0``, ``""`` and None to None, for no limit."""
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


def token(value):
    if value == "" or (isinstance(value, six.string_types) and TOKEN.match(value)):
        return value
    raise ValueError("must be empty, or at least 16 ASCII characters without spaces")


def page_origins(value):
    """Check a list of origins, ``"https://chat.example.org"``, and ports of the server's own host, ``":8000"``; return a tuple."""
    if not isinstance(value, (list, tuple)) or not all(
            isinstance(entry, six.string_types) and PAGE_ORIGIN.match(entry) for entry in value):
        raise ValueError('must be a list of origins such as "https://chat.example.org", or of ports such as ":8000"')
    return tuple(value)


def patterns(value):
    """Convert a list of regular expressions."""
    if not isinstance(value, (list, tuple)):
        raise ValueError("must be a list of regular expressions")
    try:
        return tuple(re.compile(pattern) for pattern in value)
    except (TypeError, re.error) as error:
        raise ValueError("must be a list of regular expressions: %s" % error)


def names(value):
    if not isinstance(value, (list, tuple, set, frozenset)) or not all(isinstance(name, six.string_types) for name in value):
        raise ValueError("must be a list of names")
    return tuple(value)


def tail_files(value):
    """Convert ``{2: "/var/log/b.log", 1: ("/var/log/a.log", "a")}`` to ``{number: (path, label)}``, sorted by number."""
    if not isinstance(value, dict):
        raise ValueError('must be paths by number, such as {1: "/var/log/app/error.log"}')
    for number in value:
        if not isinstance(number, six.integer_types) or isinstance(number, bool) or not 1 <= number <= MAX_TAIL_FILE:
            raise ValueError("has the key %r: a whole number from 1 to %d is required" % (number, MAX_TAIL_FILE))
    return OrderedDict((number, _path_and_label(number, value[number])) for number in sorted(value))


def _path_and_label(number, entry):
    path, label = entry if isinstance(entry, (list, tuple)) and len(entry) == 2 else (entry, None)
    if not isinstance(path, six.string_types) or not os.path.isabs(path) or "\x00" in path or path.endswith("/"):
        raise ValueError('has %r for %d: the absolute path of a file, or (path, label), is required' % (entry, number))
    label = os.path.basename(path) if label is None else label
    if not isinstance(label, six.string_types) or not label.strip() or len(label) > MAX_TAIL_LABEL:
        raise ValueError("has an invalid label for %d: a string of 1 to %d characters is required" % (number, MAX_TAIL_LABEL))
    return path, force_text(label, errors="replace").strip()


def feeds(value):
    """Check a list of dicts, and return them with the defaults that `one_feed` adds."""
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
    """Return a feed with its defaults. ``url`` and ``room`` are required; an invalid URL is reported by `runfeed` instead."""
    if not isinstance(value, dict):
        raise ValueError("must be a dict with url and room")
    unknown = sorted("%s" % key for key in value if key not in ("url", "room", "every", "namespace"))
    if unknown:
        raise ValueError("has the unknown key %s: the keys are url, room, every and namespace" % ", ".join(unknown))
    feed = dict({"every": FEED_EVERY, "namespace": FEED_NAMESPACE}, **value)
    for key in ("url", "room", "namespace"):
        if not isinstance(feed.get(key), six.string_types) or not feed[key].strip():
            raise ValueError("must have a %s, a non-empty string" % key)
        feed[key] = force_text(feed[key], errors="replace").strip()
    try:
        feed["every"] = whole(1, 86400)(feed["every"])
    except ValueError as error:
        raise ValueError("has %r for every, which %s (seconds)" % (feed["every"], error))
    return feed


def dotted_function(value):
    if value is None:
        return None
    try:
        function = import_string(value)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ValueError("must be the dotted path of a function: %s" % error)
    if not callable(function):
        raise ValueError("must be the dotted path of a function, and %r is not callable" % value)
    return function


class Setting(object):
    """
    A descriptor of `Settings`.

    Reading it raises ``ImproperlyConfigured``, with the setting's name, if
    `convert` does not accept the project's value.
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
        "Whether users without an account may read and write."))

    OPEN_ROOMS = Setting("OPEN_ROOMS", True, boolean, (
        "Whether the first message to a room that does not exist creates it; otherwise rooms are created in the admin."))

    PERMISSION = Setting("PERMISSION", None, dotted_function, (
        "Dotted path of ``may(identity, namespace, name, action) -> bool``; action is \"read\" or \"send\"."))

    RATE_LIMIT = Setting("RATE_LIMIT", "20/s", rate, (
        "Messages that one sender may send: a number per s, m or h; \"0\" for no limit."))

    READ_ONLY = Setting("READ_ONLY", ("blog", "deploy"), names, (
        "Namespaces in whose rooms only sources may write; everybody else may only read."))

    RESERVED_NAMES = Setting("RESERVED_NAMES", (
        "admin", "administrator", "moderator", "root", "staff", "support", "system", "chartroom", "anonymous",
        "everyone", "room", "here", "all"), names, (
        "Names that guests may not choose, nor any name that looks like one of them."))

    SOCKET_ORIGIN = Setting("SOCKET_ORIGIN", "", socket_origin, (
        "The address of the interface server, if it differs from the page's own."))

    TAIL_FILES = Setting("TAIL_FILES", {}, tail_files, (
        "The files that may be watched: absolute paths, or (path, label), by number."))

    TAIL_PERMISSION = Setting("TAIL_PERMISSION", None, dotted_function, (
        "Dotted path of ``may(user, number) -> bool``, called for each file that a user opens."))

    FEEDS = Setting("FEEDS", [], feeds, (
        "The feeds of runfeed: a list of dicts with url, room and, optionally, every (seconds) and namespace."))

    FEED_ALLOW_PRIVATE = Setting("FEED_ALLOW_PRIVATE", False, boolean, (
        "Whether a feed may be at an address that is not publicly reachable."))

    HEARTBEAT = Setting("HEARTBEAT", 25, whole(1, 3600), (
        "Seconds between a client's pings."))

    HOOK_MAX_BODY = Setting("HOOK_MAX_BODY", 65536, whole(1024, 1048576), (
        "Bytes in one delivery to a webhook, at most."))

    HOOK_RATE_LIMIT = Setting("HOOK_RATE_LIMIT", "6000/m", rate, (
        "Deliveries that one webhook accepts: a number per s, m or h; \"0\" for no limit."))

    METRICS_TOKEN = Setting("METRICS_TOKEN", "", token, (
        "The bearer token with which Prometheus reads the metrics; without it there are none."))

    PAGE_ORIGINS = Setting("PAGE_ORIGINS", [], page_origins, (
        "Origins whose pages may open a socket, in addition to the socket's own; \":8000\" is that port of the same host."))

    LOGINS_PER_ADDRESS = Setting("LOGINS_PER_ADDRESS", "10/m", rate, (
        "Attempts to log in from one address: a number per s, m or h; \"0\" for no limit. Successful ones do not count."))

    LOGINS_PER_NAME = Setting("LOGINS_PER_NAME", "30/m", rate, (
        "Attempts to log in with one user name, from all addresses. Successful ones do not count."))

    SENDS_PER_ADDRESS = Setting("SENDS_PER_ADDRESS", "100/s", rate, (
        "Messages that all senders of one address may send: a number per s, m or h; \"0\" for no limit."))

    ROOMS_PER_ADDRESS = Setting("ROOMS_PER_ADDRESS", "60/h", rate, (
        "Rooms that visitors from one address may create: a number per s, m or h; \"0\" for no limit."))

    GUESTS_PER_ADDRESS = Setting("GUESTS_PER_ADDRESS", "200/m", rate, (
        "Guests who may choose a name, and so get a session, from one address: a number per s, m or h; \"0\" for no limit."))

    TRUSTED_PROXIES = Setting("TRUSTED_PROXIES", 0, whole(0, 10), (
        "The number of your own proxies in front of the processes, whose entries in X-Forwarded-For are trusted."))

    UPLOAD_PATHS = Setting("UPLOAD_PATHS", [], patterns, (
        "Regular expressions of the paths of pages that accept files; multipart bodies to other paths are refused."))

    PAGE_SIZE = Setting("PAGE_SIZE", 50, whole(1, 200), (
        "Messages in the page that a new socket is sent, and in one page of history."))

    CATCH_UP_SIZE = Setting("CATCH_UP_SIZE", 200, whole(1, 1000), (
        "Messages in one response to a catch-up."))

    BATCH_SIZE = Setting("BATCH_SIZE", 250, whole(1, 500), (
        "Messages after which the pipeline stops adding submissions to one transaction."))


conf = Settings()


def each_setting():
    """Yield each `Setting`, sorted by name."""
    for name in sorted(vars(Settings)):
        if isinstance(vars(Settings)[name], Setting):
            yield vars(Settings)[name]
