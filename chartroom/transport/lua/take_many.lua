-- All that waits on one list, up to a number, in its order.
-- KEYS: the list; for a durable channel also its bell and this worker's
-- in-flight list
-- ARGV: how many; for a durable channel also the key of the set of workers,
-- this worker's name, the key of its heartbeat, seconds that lasts, and how
-- many of its in-flight entries the worker knows of
-- Returns the entries.
local durable = #KEYS == 3
local taken = {}
if durable then
    -- What was moved here, and whose answer never reached the worker, comes first.
    taken = redis.call('lrange', KEYS[3], ARGV[6], tonumber(ARGV[6]) + tonumber(ARGV[1]) - 1)
end
if #taken == 0 then
    taken = redis.call('lrange', KEYS[1], 0, tonumber(ARGV[1]) - 1)
    if #taken > 0 then
        redis.call('ltrim', KEYS[1], #taken, -1)
        if durable then
            for _, entry in ipairs(taken) do
                redis.call('rpush', KEYS[3], entry)
            end
        end
    end
end
if durable and #taken > 0 then
    redis.call('sadd', ARGV[2], ARGV[3])
    redis.call('setex', ARGV[4], ARGV[5], '1')
end
return taken
