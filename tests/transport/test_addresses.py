# coding: utf-8
"""Addresses of Redis servers, as they are written in a layer's ``hosts``."""
from __future__ import unicode_literals

import pytest
import redis

from chartroom.transport import addresses, connections
from chartroom.transport.layers import RedisChannelLayer


@pytest.mark.parametrize("text, value", [("yes", True), ("1", True), ("no", False), ("0", False), ("False", False), ("", False)])
def test_switches_are_decoded(text, value):
    assert addresses.parse("redis://127.0.0.1?retry_on_timeout=" + text)["retry_on_timeout"] is value


def parts(address):
    """What an address has, without what it leaves out."""
    options = addresses.parse(address)
    assert options.pop("connection_class") is addresses.SCHEMES[address.partition("://")[0]]
    return {name: value for name, value in options.items() if value not in (None, 0)}


HERE = {"host": "127.0.0.1", "port": 6379}


@pytest.mark.parametrize("address, expected", [
    ("redis://127.0.0.1", HERE),
    ("redis://127.0.0.1:6379/0", HERE),
    ("redis://127.0.0.1/", HERE),
    ("redis://127.0.0.1:6380/3", {"host": "127.0.0.1", "port": 6380, "db": 3}),
    ("redis://127.0.0.1?db=3", dict(HERE, db=3)),
    ("redis://", {"host": "localhost", "port": 6379}),
    ("redis://[::1]:6380", {"host": "::1", "port": 6380}),
    ("redis://:secret@127.0.0.1", dict(HERE, password="secret")),
    ("redis://:p%40ss%2Fw%23rd@127.0.0.1", dict(HERE, password="p@ss/w#rd")),
    ("redis://:%E5%AF%86%3A%25@127.0.0.1", dict(HERE, password="密:%")),
    ("redis://:p@ss@127.0.0.1", dict(HERE, password="p@ss")),
    ("redis://ann:secret@127.0.0.1", dict(HERE, username="ann", password="secret")),
    ("redis://ann%40example:s%3At@127.0.0.1", dict(HERE, username="ann@example", password="s:t")),
    ("redis://127.0.0.1?socket_timeout=2.5&socket_keepalive=yes", dict(HERE, socket_timeout=2.5, socket_keepalive=True)),
    ("rediss://ann:secret@redis.example.org:6390/1?ssl_ca_certs=%2Fetc%2Fca.pem", {
        "host": "redis.example.org", "port": 6390, "db": 1, "username": "ann", "password": "secret", "ssl_ca_certs": "/etc/ca.pem"}),
    ("unix:///run/redis.sock", {"path": "/run/redis.sock"}),
    ("unix://ann:s%2Ft@/run/my%20redis.sock?db=2", {"path": "/run/my redis.sock", "db": 2, "username": "ann", "password": "s/t"}),
])
def test_are_decoded(address, expected):
    assert parts(address) == expected


@pytest.mark.parametrize("address, why", [
    ("localhost:6379", "does not begin with redis://"),
    ("http://127.0.0.1/", "does not begin with redis://"),
    ("redis://:sec#ret@127.0.0.1", "# must be written as %23"),
    ("redis://:sec/ret@127.0.0.1", "/ is written as %2F"),
    ("redis://:123/secret@127.0.0.1", "/ is written as %2F"),
    ("redis://:sec?ret@127.0.0.1", "? as %3F"),
    ("redis://127.0.0.1/name", "the database is not a number"),
    ("redis://127.0.0.1?db=first", "db='first' is not valid"),
    ("redis://127.0.0.1?decode_responses=1", "is not one of the options"),
    ("redis://127.0.0.1?ssl_ca_certs=/x", "is not one of the options"),
    ("unix://run/redis.sock", "begins with a third /"),
    ("unix:///run/redis.sock?socket_connect_timeout=1", "is not one of the options"),
    ("redis://:%FF@127.0.0.1", "is not UTF-8"),
])
def test_that_can_not_be_right_are_refused_without_the_password(address, why):
    with pytest.raises(ValueError) as raised:
        RedisChannelLayer(hosts=["redis://127.0.0.1", address])
    text = str(raised.value).replace("u'", "'")
    assert text.startswith("hosts: address 2 can't be used: ") and why in text
    assert "secret" not in text and "sec" not in text and "ret@" not in text


@pytest.mark.parametrize("address, shown", [
    ("redis://ann:secret@127.0.0.1:6380/1", "redis://ann:***@127.0.0.1:6380/1"),
    ("redis://:secret@[::1]", "redis://:***@[::1]:6379/0"),
    ("redis://127.0.0.1?socket_timeout=1", "redis://127.0.0.1:6379/0"),
    ("rediss://127.0.0.1", "rediss://127.0.0.1:6379/0"),
    ("unix://:secret@/run/redis?db=2", "unix://:***@/run/redis?db=2"),
])
def test_are_shown_without_the_password(address, shown):
    assert addresses.shown(addresses.parse(address)) == shown
    assert str(RedisChannelLayer(hosts=[address])) == "RedisChannelLayer(hosts=%s)" % shown


def test_take_precedence_over_the_arguments_of_all_connections():
    layer = RedisChannelLayer(
        hosts=["redis://127.0.0.1?socket_timeout=2", ("127.0.0.2", 6380)], connection_kwargs={"socket_timeout": 5, "retry_on_timeout": True})
    options = [layer.connection(index).connection_pool.connection_kwargs for index in (0, 1)]
    assert [each["socket_timeout"] for each in options] == [2, 5] and options[1]["host"] == "127.0.0.2"
    assert all(each["retry_on_timeout"] for each in options)


class Answers(object):
    """A parser of redis-py's that has Redis's answers already."""

    def __init__(self, answers):
        self.answers = list(answers)

    def on_connect(self, connection):
        pass

    def on_disconnect(self):
        pass

    def read_response(self):
        return self.answers.pop(0)


def introduced(answers, **options):
    """The commands that a new connection sends, if Redis gives these answers."""
    connection, sent = connections.Tcp(**options), []
    connection._parser = Answers(answers)
    connection.send_command = lambda *words: sent.append(words)
    connection.on_connect()
    return sent


OLD_REDIS = redis.ResponseError("ERR wrong number of arguments for 'auth' command")


@pytest.mark.parametrize("options, answers, sent", [
    ({}, [], []),
    ({"password": "p", "db": 2}, [b"OK", b"OK"], [("AUTH", "p"), ("SELECT", 2)]),
    ({"username": "ann", "password": "p"}, [b"OK"], [("AUTH", "ann", "p")]),
    ({"username": "ann"}, [b"OK"], [("AUTH", "ann", "")]),
    ({"username": "ann", "password": "p"}, [OLD_REDIS, b"OK"], [("AUTH", "ann", "p"), ("AUTH", "p")]),
])
def test_a_connection_logs_in(options, answers, sent):
    assert introduced(answers, **options) == sent


@pytest.mark.parametrize("options, answers", [
    ({"password": "p"}, ["ERR invalid password"]),
    ({"password": "p"}, ["WRONGPASS invalid username-password pair or user is disabled."]),
    ({"password": "p"}, ["ERR Client sent AUTH, but no password is set"]),
    ({"db": 1}, ["NOAUTH Authentication required."]),
    ({"username": "ann", "password": "p"}, ["%s" % OLD_REDIS, "ERR invalid password"]),
])
def test_a_refused_log_in_is_an_error_of_its_own(options, answers):
    with pytest.raises(connections.AccessRefused) as raised:
        introduced([redis.ResponseError(answer) for answer in answers], **options)
    assert str(raised.value) == answers[-1]


def test_another_refusal_is_not_one_of_the_password():
    with pytest.raises(redis.ResponseError):
        introduced([redis.ResponseError("ERR DB index is out of range")], db=99)
