"""hypothesis is pinned for Python 3.9 and later only."""
from __future__ import unicode_literals

try:
    import hypothesis
except ImportError:
    hypothesis = None

collect_ignore = [] if hypothesis else ["test_fuzz.py"]
