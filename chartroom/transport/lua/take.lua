-- The first entry that waits on one of several lists, without waiting.
-- KEYS: the lists that are taken for good, then those of durable channels,
-- each followed by its bell and this worker's in-flight list
-- ARGV: how many of the first kind; and with durable ones: the key of the set
-- of workers, this worker's name, the key of its heartbeat, seconds that lasts
-- Returns {list, entry}, or nothing.
local plain = tonumber(ARGV[1])
for i = 1, plain do
    local entry = redis.call('lpop', KEYS[i])
    if entry then
        return {KEYS[i], entry}
    end
end

for i = plain + 1, #KEYS, 3 do
    local entry = redis.call('lpop', KEYS[i])
    if entry then
        redis.call('rpush', KEYS[i + 2], entry)
        redis.call('sadd', ARGV[2], ARGV[3])
        redis.call('setex', ARGV[4], ARGV[5], '1')
        -- Others wait for the bell: ring it for what is left.
        redis.call('del', KEYS[i + 1])
        if redis.call('llen', KEYS[i]) > 0 then
            redis.call('rpush', KEYS[i + 1], '1')
        end
        return {KEYS[i], entry}
    end
end
return false
