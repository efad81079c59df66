"""
Runs Django 1.8-1.10, channels 1.x, daphne 1.4 and asgi_redis 1.x on Python 3.8 to 3.13.

``import newer_python`` stands first in whatever starts a process, before Django is
imported. It changes modules in memory, when they have been imported, and no file. On
a Python that needs nothing (2.7, and 3.4 to 3.7) it does nothing.

Importing it raises nothing; importing a Django that is none of 1.8 to 1.10 after it
raises `mends.UnknownDjango`, an ImportError.
"""
from __future__ import unicode_literals

import sys

from newer_python import finder
from newer_python.mends import MENDS

finder.install([mend for mend in MENDS if sys.version_info >= mend.since])
