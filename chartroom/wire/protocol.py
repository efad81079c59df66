"""
The names of the wire protocol, version 1: JSON text frames. They are defined only in
this module; ``docs/protocol.md`` specifies each key.
"""
from __future__ import unicode_literals

PROTOCOL = 1
SUBPROTOCOL = "chartroom.v1"

# Client to server.
SEND = "send"
CATCH_UP = "catch_up"
HISTORY = "history"
PING = "ping"

# Server to client. CATCH_UP and HISTORY are used in both directions.
WELCOME = "welcome"
MESSAGES = "messages"
ACK = "ack"
PONG = "pong"
ERROR = "error"

BAD_FRAME = "bad_frame"
UNKNOWN_TYPE = "unknown_type"
TOO_LONG = "too_long"
EMPTY = "empty"
TOO_MANY = "too_many"
RATE_LIMITED = "rate_limited"
FORBIDDEN = "forbidden"
BUSY = "busy"
ID_REUSED = "id_reused"
SERVER_ERROR = "server_error"

ERROR_CODES = (
    BAD_FRAME, UNKNOWN_TYPE, TOO_LONG, EMPTY, TOO_MANY,
    RATE_LIMITED, FORBIDDEN, BUSY, ID_REUSED, SERVER_ERROR,
)

# RFC 6455, section 7.4: 1012 and 1013 are registered, those from 4000 are chartroom's own.
CLOSE_RESTART = 1012
CLOSE_TRY_AGAIN = 1013
CLOSE_BAD_REQUEST = 4400
CLOSE_LOG_IN = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_NOT_FOUND = 4404
CLOSE_TOO_SLOW = 4408

# Names that are copied to JavaScript (``manage.py protocoljs``).
SHARED_NAMES = (
    "PROTOCOL", "SUBPROTOCOL",
    "SEND", "CATCH_UP", "HISTORY", "PING", "WELCOME", "MESSAGES", "ACK", "PONG", "ERROR",
) + tuple(code.upper() for code in ERROR_CODES) + (
    "CLOSE_RESTART", "CLOSE_TRY_AGAIN", "CLOSE_BAD_REQUEST", "CLOSE_LOG_IN",
    "CLOSE_FORBIDDEN", "CLOSE_NOT_FOUND", "CLOSE_TOO_SLOW",
)
