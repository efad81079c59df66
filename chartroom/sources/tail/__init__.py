"""Shows log files live in the browser, like ``tail -F``; nothing is stored."""
from __future__ import unicode_literals
