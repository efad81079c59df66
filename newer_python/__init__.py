"""
Runs Django 1.8-1.10, channels 1.x, daphne 1.4 and asgi_redis 1.x on Python 3.8 to 3.13.

``import newer_python`` must come first in every file that starts a process, before
Django is imported. It patches modules in memory when they are imported, and changes
no files. On Python 2.7 and 3.4 to 3.7 it does nothing.

Importing it raises nothing. Afterwards, importing a Django other than 1.8 to 1.10
raises `patches.UnknownDjango`, an ImportError.
"""
from __future__ import unicode_literals

import sys

from newer_python import finder
from newer_python.patches import PATCHES

finder.install([patch for patch in PATCHES if sys.version_info >= patch.since])
