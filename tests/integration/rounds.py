"""
The number of repetitions in a test: by default a few, which find a deterministic fault; with
``CHARTROOM_TEST_ROUNDS=long`` many, for minutes, which find an occasional one too.
"""
from __future__ import unicode_literals

import os

SHARE = {"short": 4, "long": 1}[os.environ.get("CHARTROOM_TEST_ROUNDS") or "short"]
FEWEST = 3


def rounds(number):
    """``number`` in the long run, and a part of it in the short one."""
    return max(FEWEST, number // SHARE)
