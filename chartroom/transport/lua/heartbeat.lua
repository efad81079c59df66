-- Renews the heartbeat of an interface process.
-- KEYS: the heartbeat, the set of all processes
-- ARGV: seconds until it expires, the process
-- Returns 1, or 0 if there was none: this is the first one, or the last one has
-- expired, or Redis has lost its data.
local known = redis.call('exists', KEYS[1])
redis.call('setex', KEYS[1], ARGV[1], '1')
redis.call('sadd', KEYS[2], ARGV[2])
return known
