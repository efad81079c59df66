"""
The sources of messages other than people: feeds, webhooks and timers, which store through
`publish` and so never twice; and log files, which are shown live and not stored.
"""
from __future__ import unicode_literals
