-- Takes all waiting entries of one list, up to a number, in their order.
-- KEYS: the list; for a durable channel also its wake-up list and this worker's
-- in-flight list
-- ARGV: how many; for a durable channel also the key of the set of workers,
-- this worker's name, the key of its heartbeat, seconds until that expires, and
-- how many of its in-flight entries the worker knows of
-- Returns the entries.
local durable = #KEYS == 3
local taken = {}
if durable then
    -- First the entries that were moved here, but whose answer did not reach the worker.
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
