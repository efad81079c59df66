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


def test_exists_from_the_connect_to_the_disconnect(engine):
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


def test_has_the_key_of_a_channel_session(engine):
    """A project's own consumers can read it with `channel_session`."""
    sessions.begin(REPLY, {"room": 1})
    assert session_for_reply_channel(REPLY)[sessions.KEY] == {"room": 1}


def test_the_default_engine_is_that_of_django(settings, db):
    settings.CHANNEL_SESSION_ENGINE = None
    settings.SESSION_ENGINE = ENGINES[1]
    sessions.begin(REPLY, {"room": 1})
    assert sessions.read(REPLY) == {"room": 1}


def test_begin_does_not_read(django_assert_num_queries, settings, db):
    settings.CHANNEL_SESSION_ENGINE = ENGINES[1]
    with django_assert_num_queries(3):  # create a savepoint, insert the row, release the savepoint
        sessions.begin(REPLY, {"room": 1})
