# coding: utf-8
from __future__ import unicode_literals

import itertools

import pytest

from scripts.private_mariadb import PrivateMariaDB
from scripts.private_postgres import PrivatePostgres
from tests.integration.databases import migrate
from tests.integration.stack import ROOT, Stack, process_env

numbers = itertools.count(1)


@pytest.fixture
def stack():
    """``stack(socket_workers=2, …)`` starts a `Stack`, which ends with the test."""
    started = []

    def start(**options):
        started.append(Stack(**options))
        return started[-1].start()
    yield start
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def shared():
    """One stack for all tests that restore it, each in its own `room`."""
    running = Stack(socket_workers=2, pipeline_workers=2, web=True, WEB_CONCURRENCY="2").start()
    yield running
    running.stop()


@pytest.fixture
def beside(shared):
    """The shared stack, for a test that adds processes of its own, which end with the test."""
    commands = dict(shared.commands)
    yield shared
    for name in set(shared.processes) - set(commands):
        shared.remove_process(name)
    shared.commands = commands


@pytest.fixture
def room():
    """The path of a new room."""
    return "/chat/room%d/" % next(numbers)


@pytest.fixture(scope="session")
def postgres_server(tmpdir_factory):
    """A private PostgreSQL with a template database ``migrated``; without PostgreSQL, a test that needs it fails."""
    server = PrivatePostgres()
    migrate(ROOT, process_env(
        STATE_DIR=str(tmpdir_factory.mktemp("state")), DATABASE_URL=server.create_database("migrated")))
    yield server
    server.close()


@pytest.fixture
def postgres(postgres_server):
    """The PostgreSQL server, which a test may stop and start."""
    yield postgres_server
    if not postgres_server.answers():
        postgres_server.start()


@pytest.fixture
def database_url(postgres):
    """The URL of a new, migrated PostgreSQL database for this test."""
    return postgres.create_database("test%d" % next(numbers), template="migrated")


@pytest.fixture(scope="session")
def mariadb_server():
    """A private MariaDB; without MariaDB, a test that needs it fails."""
    server = PrivateMariaDB()
    yield server
    server.close()


@pytest.fixture
def mariadb(mariadb_server):
    """The MariaDB server, which a test may stop and start."""
    yield mariadb_server
    if not mariadb_server.answers():
        mariadb_server.start()


@pytest.fixture(scope="session")
def mariadb_url(mariadb_server, tmpdir_factory):
    """The URL of a migrated MariaDB database, which its tests share."""
    url = mariadb_server.create_database("migrated")
    migrate(ROOT, process_env(STATE_DIR=str(tmpdir_factory.mktemp("state")), DATABASE_URL=url))
    return url
