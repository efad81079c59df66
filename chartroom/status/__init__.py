"""The state of a deployment, for ``manage.py chartroomstatus``."""
from __future__ import unicode_literals
