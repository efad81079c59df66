"""``python -m benchmarks``: measures the pipeline and an idle message's way. See docs/benchmarks.md."""
from __future__ import unicode_literals

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
DATABASES = (SQLITE, POSTGRESQL)
