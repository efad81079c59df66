# coding: utf-8
"""
The faults of the stock stack, each as a test that fails on it and passes on chartroom's.

    python -m pytest tests/faults                      # chartroom.transport, rundaphne, its runworker
    # asgi_redis, daphne, channels' runworker: all fail
    FAULTS_STACK=stock CHARTROOM_TEST_ROUNDS=long python -m pytest tests/faults

A test's number is its row in the table of faults in docs/transport.md. These rows
are not faults and have no test: 17 (when pending messages are sent), 19 (the cost of
a setting), 21 (tools for tests), 23 (the test suite for layers).
"""
from __future__ import unicode_literals
