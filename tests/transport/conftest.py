from __future__ import unicode_literals

import pytest

from scripts.private_redis import PrivateRedis
from tests.transport.processes import Processes


@pytest.fixture(scope="module")
def servers():
    """Two Redis servers; each test of the module empties them before it uses them."""
    pair = [PrivateRedis(), PrivateRedis()]
    yield pair
    for each in pair:
        each.stop()


@pytest.fixture(scope="module")
def lasting(tmpdir_factory):
    """`Processes` that all tests of a module share."""
    processes = Processes(str(tmpdir_factory.mktemp("lasting")))
    yield processes
    processes.stop()


@pytest.fixture
def running(tmpdir):
    """`Processes` of this test."""
    processes = Processes(str(tmpdir))
    yield processes
    processes.stop()
