"""Who talks in rooms beside people: each stores by `publish`, and so never twice."""
from __future__ import unicode_literals
