"""Logs of the commands that run until a signal."""
from __future__ import unicode_literals

import logging

from channels.log import setup_logger


def ensure_handler(name, verbosity):
    """
    Give the logger ``name`` the handler of Channels' own commands, unless the project has configured
    one for it or a logger above it: without any, Python 2.7 would discard the log.
    """
    parts = name.split(".")
    names = [""] + [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
    if not any(logging.getLogger(each).handlers for each in names):
        setup_logger(name, verbosity)
