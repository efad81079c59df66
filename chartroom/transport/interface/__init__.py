"""
The interface server, `manage.py rundaphne`: daphne's own, on a connection to
Redis that waits for nothing, with one frame for all the sockets of a group.
"""
from __future__ import unicode_literals
