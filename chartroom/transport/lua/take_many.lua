-- All that waits on one list, up to a number, in its order.
-- KEYS: the list; for a durable channel also its bell and this worker's
-- in-flight list
-- ARGV: how many; for a durable channel also the key of the set of workers,
-- this worker's name, the key of its heartbeat, seconds that lasts
-- Returns the entries.
local taken = redis.call('lrange', KEYS[1], 0, tonumber(ARGV[1]) - 1)
if #taken == 0 then
    return taken
end
redis.call('ltrim', KEYS[1], #taken, -1)
if #KEYS == 3 then
    for _, entry in ipairs(taken) do
        redis.call('rpush', KEYS[3], entry)
    end
    redis.call('sadd', ARGV[2], ARGV[3])
    redis.call('setex', ARGV[4], ARGV[5], '1')
end
return taken
