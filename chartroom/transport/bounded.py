"""Clients that do not wait longer than a given time, for checks of whether a Redis server answers."""
from __future__ import unicode_literals

import redis


def bounded(connection, seconds):
    """
    A client for the server of redis-py's client ``connection`` whose commands raise ``redis.RedisError``
    after ``seconds`` without an answer; the layer's own clients wait for as long as the server hangs.
    """
    pool = connection.connection_pool
    given = dict(pool.connection_kwargs, socket_timeout=seconds, retry_on_timeout=False)
    if "path" not in given:
        given["socket_connect_timeout"] = seconds
    return redis.Redis(connection_pool=redis.ConnectionPool(connection_class=pool.connection_class, **given))


def address(connection):
    """The address of a client's server, for people: without user name and password."""
    pool = connection.connection_pool
    given = pool.connection_kwargs
    # Each connection of a pool of redis.sentinel asks that pool where the master is, also if `bounded` made it.
    asked = given.get("connection_pool", pool)
    if hasattr(asked, "service_name"):
        return "sentinel:%s" % asked.service_name
    if "path" in given:
        return "unix:%s/%s" % (given["path"], given.get("db") or 0)
    return "%s:%s/%s" % (given.get("host", "localhost"), given.get("port", 6379), given.get("db") or 0)
