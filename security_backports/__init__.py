"""
Fixes of published vulnerabilities for Django 1.8 to 1.10, which get none any more.

``import security_backports`` must come first in every file that starts a process, behind
``newer_python`` where that is needed. It patches modules in memory and changes no files. With any
other Django it does nothing. ``python -m security_backports`` lists the fixes.
"""
from __future__ import unicode_literals

from security_backports.patches import apply

apply()
