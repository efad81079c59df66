from __future__ import unicode_literals

from project.settings import *  # noqa: F401, F403

ROOT_URLCONF = "benchmarks.bare.urls"
