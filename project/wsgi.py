"""For gunicorn: ``gunicorn project.wsgi``."""
from __future__ import unicode_literals

import newer_python  # noqa: F401 (first of all: mends Django on a Python that is newer than it)

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

application = get_wsgi_application()
