"""The example project's settings for tests within one process, without the environment's values or slow hashes."""
from __future__ import unicode_literals

import os
import tempfile

for name in ("REDIS_URL", "DATABASE_URL", "SOCKET_ORIGIN", "DEBUG", "ALLOWED_HOSTS", "GUESTS", "RATE_LIMIT", "TAIL_FILES",
             "METRICS_TOKEN", "PAGE_ORIGINS", "TRUSTED_PROXIES", "LIMITS", "HTTP_PATHS",
             "FEEDS", "FEED_ALLOW_PRIVATE"):
    os.environ.pop(name, None)
os.environ["STATE_DIR"] = tempfile.mkdtemp()
# By default SQLite; tests/integration/test_mariadb.py sets another.
if os.environ.get("CHARTROOM_TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["CHARTROOM_TEST_DATABASE_URL"]

from project.settings import *  # noqa: E402, F401, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHARTROOM_RATE_LIMIT = "0"
CHARTROOM_UPLOAD_PATHS = [""]  # Django's test client sends forms as multipart bodies
