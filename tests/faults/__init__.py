# coding: utf-8
"""
The faults of the stock stack, each as a test that fails on it and passes on ours.

    python -m pytest tests/faults                      # ours: chartroom.transport, rundaphne, its runworker
    # asgi_redis, daphne, channels' runworker: all fail
    FAULTS_STACK=stock CHARTROOM_TEST_ROUNDS=long python -m pytest tests/faults

A test's number is its row in the list of what goes wrong with the stock stack.
No test for these rows, which are no faults: 17 (when pending sends go out), 19
(a setting's price), 21 (the tools for tests), 23 (the layers' own test suite).
"""
from __future__ import unicode_literals
