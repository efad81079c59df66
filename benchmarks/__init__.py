"""``python -m benchmarks``: measures the pipeline, an idle message's way, and many sockets. See docs/benchmarks.md."""
from __future__ import unicode_literals

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
DATABASES = (SQLITE, POSTGRESQL)
