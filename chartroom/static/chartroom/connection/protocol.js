// The wire protocol's names. Written by `manage.py protocoljs` from chartroom/wire/:
// change them there, a test holds the two together.

export const PROTOCOL = 1;
export const SUBPROTOCOL = "chartroom.v1";
export const SEND = "send";
export const CATCH_UP = "catch_up";
export const HISTORY = "history";
export const PING = "ping";
export const WELCOME = "welcome";
export const MESSAGES = "messages";
export const ACK = "ack";
export const PONG = "pong";
export const ERROR = "error";
export const BAD_FRAME = "bad_frame";
export const UNKNOWN_TYPE = "unknown_type";
export const TOO_LONG = "too_long";
export const EMPTY = "empty";
export const TOO_MANY = "too_many";
export const RATE_LIMITED = "rate_limited";
export const FORBIDDEN = "forbidden";
export const BUSY = "busy";
export const ID_REUSED = "id_reused";
export const SERVER_ERROR = "server_error";
export const CLOSE_RESTART = 1012;
export const CLOSE_TRY_AGAIN = 1013;
export const CLOSE_BAD_REQUEST = 4400;
export const CLOSE_LOG_IN = 4401;
export const CLOSE_FORBIDDEN = 4403;
export const CLOSE_NOT_FOUND = 4404;
export const CLOSE_TOO_SLOW = 4408;
export const MAX_FRAME = 262144;
export const MAX_MESSAGES = 50;
export const MAX_ID = 64;
export const MAX_TEXT = 4096;
