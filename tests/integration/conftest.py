# coding: utf-8
from __future__ import unicode_literals

import itertools

import pytest

from scripts.private_postgres import PrivatePostgres
from tests.integration.databases import migrate
from tests.integration.stack import ROOT, Stack, clean_env

numbers = itertools.count(1)


@pytest.fixture
def stack():
    """``stack(socket_workers=2, …)`` starts one; it ends with the test."""
    started = []

    def start(**options):
        started.append(Stack(**options))
        return started[-1].start()
    yield start
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def shared():
    """One stack for the tests that leave it as it was, or start again what they end, each in a `room` of its own."""
    running = Stack(socket_workers=2, pipeline_workers=2, web=True, WEB_CONCURRENCY="2").start()
    yield running
    running.stop()


@pytest.fixture
def beside(shared):
    """The shared one, for a test that starts processes of its own beside it: they end with the test."""
    commands = dict(shared.commands)
    yield shared
    for name in set(shared.processes) - set(commands):
        shared.take_out(name)
    shared.commands = commands


@pytest.fixture
def room():
    """The path of a room that nobody was in."""
    return "/chat/room%d/" % next(numbers)


@pytest.fixture(scope="session")
def postgres_server(tmpdir_factory):
    """A private PostgreSQL, with a database ``migrated`` to make others of; a test that needs one fails where there is none."""
    server = PrivatePostgres()
    migrate(ROOT, dict(
        clean_env(), STATE_DIR=str(tmpdir_factory.mktemp("state")), DATABASE_URL=server.create_database("migrated")))
    yield server
    server.close()


@pytest.fixture
def postgres(postgres_server):
    """That server, for a test to stop and to start again."""
    yield postgres_server
    if not postgres_server.answers():
        postgres_server.start()


@pytest.fixture
def database_url(postgres):
    """Of a database of the test's own on it."""
    return postgres.create_database("test%d" % next(numbers), template="migrated")
