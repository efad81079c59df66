from __future__ import unicode_literals

import pytest

from scripts.private_redis import PrivateRedis
from tests.transport.processes import Processes


@pytest.fixture(scope="module")
def servers():
    """Two Redis servers, for a module's tests to empty before they use them."""
    pair = [PrivateRedis(), PrivateRedis()]
    yield pair
    for each in pair:
        each.stop()


@pytest.fixture(scope="module")
def lasting(tmpdir_factory):
    """`Processes` for a module's tests that leave them as they are."""
    processes = Processes(str(tmpdir_factory.mktemp("lasting")))
    yield processes
    processes.stop()


@pytest.fixture
def running(tmpdir):
    """`Processes` that end with the test."""
    processes = Processes(str(tmpdir))
    yield processes
    processes.stop()
