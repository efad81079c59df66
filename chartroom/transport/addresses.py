# coding: utf-8
"""
Addresses of Redis servers, decoded once for all clients:

    redis://user:password@host:port/database
    rediss://user:password@host:port/database   over TLS
    unix://user:password@/path/of/the/socket?db=database

Each part but the host and the port may be percent-encoded. redis-py decodes none, and drops the user.
"""
from __future__ import unicode_literals

import re

import redis
import six
from six.moves.urllib_parse import parse_qsl, unquote_to_bytes, urlsplit

from chartroom.transport import connections

DEFAULT_PORT = 6379
MASK = "***"
EXAMPLE = "redis://user:password@127.0.0.1:6379/0"
SCHEMES = {"redis": connections.Tcp, "rediss": connections.Tls, "unix": connections.Unix}
DATABASE = re.compile(r"^/?([0-9]{0,9})\Z")


def boolean(text):
    return text.lower() not in ("", "0", "f", "false", "n", "no")


# What may follow the "?" of an address, with redis-py's names and meaning.
QUERY = {"db": int, "socket_timeout": float, "retry_on_timeout": boolean}
TCP_QUERY = dict(QUERY, socket_connect_timeout=float, socket_keepalive=boolean)
TLS_QUERY = dict(
    TCP_QUERY, ssl_ca_certs=six.text_type, ssl_certfile=six.text_type, ssl_keyfile=six.text_type, ssl_cert_reqs=six.text_type)
QUERIES = {"redis": TCP_QUERY, "rediss": TLS_QUERY, "unix": QUERY}


class Pool(redis.ConnectionPool):
    """For django-redis, as ``CONNECTION_POOL_CLASS``: its `from_url` reads an address as the layer does."""

    @classmethod
    def from_url(cls, url, **options):
        """What the address has takes precedence over ``options``, the arguments of all connections."""
        return cls(**dict(options, **parse(url)))


def parse(address):
    """
    The arguments of a `redis.ConnectionPool` for an address. Raises ``ValueError``, without the
    password in its text, for an address that can't be right.
    """
    if isinstance(address, bytes):
        address = address.decode("utf-8")
    scheme, _, rest = address.partition("://")
    if scheme not in SCHEMES:
        raise ValueError("it does not begin with redis://, rediss:// or unix://, as %s does" % EXAMPLE)
    # A character with a meaning of its own in the middle of a password ends the host name there.
    if "#" in address:
        raise ValueError("# must be written as %23")
    try:
        url = urlsplit(address)
        port = url.port or DEFAULT_PORT
    except ValueError:
        raise ValueError("the port is not a number; in a password, / is written as %2F and ? as %3F")

    options = {"connection_class": SCHEMES[scheme], "username": _decoded(url.username), "password": _decoded(url.password), "db": 0}
    if scheme == "unix":
        options["path"] = _decoded(url.path)
        if not options["path"] or url.hostname:
            raise ValueError("the path of a unix socket begins with a third /, as in unix:///run/redis.sock")
    else:
        options.update(host=url.hostname or "localhost", port=port, db=_database(url.path))
    options.update(_query(url.query, QUERIES[scheme]))
    return options


def _database(path):
    match = DATABASE.match(path)
    if match is None:
        raise ValueError("the database is not a number; in a password, / is written as %2F and ? as %3F")
    return int(match.group(1) or 0)


def _query(text, converters):
    found = {}
    for name, value in parse_qsl(str(text), keep_blank_values=True):
        if name not in converters:
            raise ValueError("%r is not one of the options: %s" % (name, ", ".join(sorted(converters))))
        try:
            found[str(name)] = converters[name](value)
        except ValueError:
            raise ValueError("%s=%r is not valid" % (name, value))
    return found


def _decoded(part):
    try:
        return unquote_to_bytes(part.encode("utf-8")).decode("utf-8") if part else None
    except UnicodeDecodeError:
        raise ValueError("a percent-encoded part is not UTF-8")


def shown(options):
    """The address with these arguments, without its password and query, for people."""
    who = ""
    if options.get("username") or options.get("password"):
        who = "%s:%s@" % (options.get("username") or "", MASK)
    if "path" in options:
        return "unix://%s%s?db=%s" % (who, options["path"], options.get("db") or 0)
    if "host" not in options:
        return "the master of Sentinel"
    host = "[%s]" % options["host"] if ":" in options["host"] else options["host"]
    scheme = "rediss" if issubclass(options["connection_class"], connections.Tls) else "redis"
    return "%s://%s%s:%s/%s" % (scheme, who, host, options["port"], options.get("db") or 0)
