-- One entry onto a channel's list, unless that is full.
-- KEYS: list, bell ("" for a channel that has none), and the statistics of what
-- was sent and of what was refused, each of the channel and of all channels
-- ARGV: entry, seconds the list lives (0: for ever), capacity (0: none), seconds the
-- channel's statistics live, seconds those of all channels live
-- Returns 1, or 0 when it is full.
local function count(of_channel, of_all)
    redis.call('incr', of_channel)
    redis.call('expire', of_channel, ARGV[4])
    redis.call('incr', of_all)
    redis.call('expire', of_all, ARGV[5])
end

local capacity = tonumber(ARGV[3])
if capacity > 0 and redis.call('llen', KEYS[1]) >= capacity then
    count(KEYS[5], KEYS[6])
    return 0
end
redis.call('rpush', KEYS[1], ARGV[1])
if tonumber(ARGV[2]) > 0 then
    redis.call('expire', KEYS[1], ARGV[2])
else
    -- A list that was not durable before still has its time of death.
    redis.call('persist', KEYS[1])
    -- One stroke is enough: who hears it takes all there is.
    redis.call('del', KEYS[2])
    redis.call('rpush', KEYS[2], '1')
end
count(KEYS[3], KEYS[4])
return 1
