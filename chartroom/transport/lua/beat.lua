-- An interface process lives.
-- KEYS: its heartbeat
-- ARGV: seconds that lasts
-- Returns 1, or 0 where Redis knew of none: it is the first, or came too late,
-- or Redis has lost its memory.
local known = redis.call('exists', KEYS[1])
redis.call('setex', KEYS[1], ARGV[1], '1')
return known
