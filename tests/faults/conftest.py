# coding: utf-8
from __future__ import unicode_literals

import pytest

from tests.faults.stack import Stack


@pytest.fixture
def start(tmpdir):
    """``start(capacity=…)``: a `Stack` with these options and no processes yet, which ends with the test."""
    started = []

    def stack(**options):
        started.append(Stack(str(tmpdir), **options))
        return started[-1]
    yield stack
    for each in started:
        each.stop()


@pytest.fixture
def stack(start):
    """A `Stack` with default options."""
    return start()


@pytest.fixture
def served(stack):
    """A `Stack` with a server and a worker."""
    stack.worker()
    stack.interface = stack.server()
    return stack
