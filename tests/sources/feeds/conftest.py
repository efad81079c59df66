"""Fixtures for the tests of feeds."""
from __future__ import unicode_literals

import pytest

from tests.sources.feeds.server import FeedServer


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()
