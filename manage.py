#!/usr/bin/env python
from __future__ import unicode_literals

import newer_python  # noqa: F401 (first: patches Django for newer Pythons)
import security_backports  # noqa: F401 (fixes published vulnerabilities)

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
