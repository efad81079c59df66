"""
How often a test does what it does again and again: by default a few times, which finds a
fault that is there each time; with ``CHARTROOM_TEST_ROUNDS=long`` for minutes, which finds
one that is there now and then.
"""
from __future__ import unicode_literals

import os

SHARE = {"short": 4, "long": 1}[os.environ.get("CHARTROOM_TEST_ROUNDS") or "short"]
FEWEST = 3


def rounds(number):
    """Of the long run's number: all of it, or a part."""
    return max(FEWEST, number // SHARE)
