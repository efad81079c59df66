"""``python -m benchmarks``: the pipeline, an idle message, many sockets, webhooks. See docs/benchmarks.md."""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (before Django, in each process of the benchmarks)

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
DATABASES = (SQLITE, POSTGRESQL)
