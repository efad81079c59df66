"""
The interface server, `manage.py rundaphne`: daphne's server on a non-blocking
connection to Redis, with one frame for all the sockets of a group.
"""
from __future__ import unicode_literals
