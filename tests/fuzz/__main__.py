"""``python -m tests.fuzz --seconds 60 --seed 1``"""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (imported first: feedparser and redis-py need its patches)

import sys

from tests.fuzz.run import main

if __name__ == "__main__":
    sys.exit(main())
