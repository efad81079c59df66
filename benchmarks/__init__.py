"""``python -m benchmarks``: measures the pipeline, an idle message's way, and many sockets. See docs/benchmarks.md."""
from __future__ import unicode_literals

import newer_python  # noqa: F401, before Django, in each of the benchmarks' own processes

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
DATABASES = (SQLITE, POSTGRESQL)
