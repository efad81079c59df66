"""How large what goes over the wire may be, in both directions."""
from __future__ import unicode_literals

MAX_FRAME = 262144     # characters of one frame from a client
MAX_MESSAGES = 50      # messages in one send frame
MAX_ID = 64            # characters of a message's id
MAX_TEXT = 4096        # characters of a message's text, after stripping
MAX_DATA = 16384       # characters of a message's structured data, as JSON
# Levels of lists and objects in it. JSON is read by recursion: what can just be read here
# might be too deep for a worker, and with it the room's whole history.
MAX_DEPTH = 20
MAX_SEQ = 2 ** 63 - 1  # what the database's column holds

# Those that the JavaScript's copy has too (``manage.py protocoljs``).
SHARED_NAMES = ("MAX_FRAME", "MAX_MESSAGES", "MAX_ID", "MAX_TEXT")
