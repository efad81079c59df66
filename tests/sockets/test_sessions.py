# coding: utf-8
from __future__ import unicode_literals

import pytest
from channels.sessions import session_for_reply_channel

from chartroom.sockets import sessions

REPLY = "daphne.response.x!y"
ENGINES = ["django.contrib.sessions.backends." + name for name in ("cache", "db", "cached_db")]


@pytest.fixture(params=ENGINES)
def engine(request, settings, db):
    settings.CHANNEL_SESSION_ENGINE = request.param
    return request.param


def test_is_there_from_the_beginning_to_the_end(engine):
    sessions.begin(REPLY, {"room": 1, "author": "Zoë"})
    assert sessions.read(REPLY) == {"room": 1, "author": "Zoë"}
    sessions.change(REPLY, {"room": 2})
    assert sessions.read(REPLY) == {"room": 2}
    assert sessions.end(REPLY) == {"room": 2}
    assert sessions.read(REPLY) is None and sessions.end(REPLY) is None


def test_each_socket_has_its_own(engine):
    sessions.begin(REPLY, {"room": 1})
    sessions.begin(REPLY + "z", {"room": 2})
    assert [sessions.read(REPLY), sessions.read(REPLY + "z")] == [{"room": 1}, {"room": 2}]


def test_a_connect_that_is_handled_twice_is_harmless(engine):
    sessions.begin(REPLY, {"room": 1})
    sessions.begin(REPLY, {"room": 1})
    assert sessions.read(REPLY) == {"room": 1}


def test_is_where_channels_looks_for_it(engine):
    """A project's own consumers may read it by `channel_session`."""
    sessions.begin(REPLY, {"room": 1})
    assert session_for_reply_channel(REPLY)[sessions.KEY] == {"room": 1}


def test_without_an_engine_of_their_own_they_are_where_djangos_are(settings, db):
    settings.CHANNEL_SESSION_ENGINE = None
    settings.SESSION_ENGINE = ENGINES[1]
    sessions.begin(REPLY, {"room": 1})
    assert sessions.read(REPLY) == {"room": 1}


def test_a_beginning_reads_nothing(django_assert_num_queries, settings, db):
    settings.CHANNEL_SESSION_ENGINE = ENGINES[1]
    with django_assert_num_queries(3):  # a savepoint, the row, the savepoint's end
        sessions.begin(REPLY, {"room": 1})
