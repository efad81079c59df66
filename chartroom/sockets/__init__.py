"""What every WebSocket consumer needs: origin, session, an answer in any case."""
from __future__ import unicode_literals
