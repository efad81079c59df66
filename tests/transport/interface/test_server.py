from __future__ import unicode_literals

import select
from timeit import default_timer

import pytest

from chartroom.transport.interface.server import in_whole_milliseconds


@pytest.mark.parametrize("seconds, rounded", [
    (None, None), (0, 0), (1e-8, 0.001), (0.001, 0.001), (0.0024, 0.003), (0.05, 0.05), (5.0, 5.0),
])
def test_the_reactor_waits_whole_milliseconds(seconds, rounded):
    assert in_whole_milliseconds(lambda: seconds)() == rounded


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="no epoll here")
@pytest.mark.parametrize("seconds", [0.0004, 0.0024, 0.0199])
def test_it_does_not_wake_too_early(seconds):
    epoll = select.epoll()
    start = default_timer()
    epoll.poll(in_whole_milliseconds(lambda: seconds)())
    # The kernel's own clock is a little coarser.
    assert default_timer() - start > seconds * 0.95
    epoll.close()
