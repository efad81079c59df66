"""What all WebSocket consumers share: the check of the origin, the session, and a reply in any case."""
from __future__ import unicode_literals
