"""Size limits of the wire protocol, in both directions."""
from __future__ import unicode_literals

MAX_FRAME = 262144     # characters of one frame from a client
MAX_MESSAGES = 50      # messages in one send frame
MAX_ID = 64            # characters of a message's id
MAX_TEXT = 4096        # characters of a message's text, after stripping
MAX_DATA = 16384       # characters of a message's structured data, as JSON
# Levels of lists and objects in the data. JSON is parsed recursively: a value that can just be parsed here
# could be too deep for a worker, which then could not read the room's history.
MAX_DEPTH = 20
MAX_SEQ = 2 ** 63 - 1  # the range of the database's column

# Limits that are copied to JavaScript (``manage.py protocoljs``).
SHARED_NAMES = ("MAX_FRAME", "MAX_MESSAGES", "MAX_ID", "MAX_TEXT")
