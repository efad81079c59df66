"""For gunicorn: ``gunicorn project.wsgi``."""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (first: patches Django for newer Pythons)
import security_backports  # noqa: F401 (fixes published vulnerabilities)

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

application = get_wsgi_application()
