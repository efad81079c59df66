# coding: utf-8
from __future__ import unicode_literals

import itertools

import pytest

from scripts.private_postgres import PrivatePostgres
from tests.integration.stack import Stack


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
    """One stack for the tests that leave it as it was, each in a `room` of its own."""
    running = Stack(socket_workers=2, pipeline_workers=2, web=True).start()
    yield running
    running.stop()


rooms = itertools.count(1)


@pytest.fixture
def room():
    """The path of a room that nobody was in."""
    return "/chat/room%d/" % next(rooms)


@pytest.fixture
def postgres():
    """A private PostgreSQL; a test that needs one fails where there is none."""
    server = PrivatePostgres()
    yield server
    server.close()
