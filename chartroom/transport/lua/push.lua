-- Pushes one entry onto a channel's list, unless the list is full.
-- KEYS: list, its wake-up list (used only if the list never expires), then the
-- counters of sent and of refused messages, each for the channel and in total
-- ARGV: entry, seconds until the list expires (0: never), capacity (0: unlimited),
-- seconds until the channel's counters expire, seconds until the totals expire
-- Returns 1, or 0 if the list is full.
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
    -- A list from before the channel became durable still has an expiry time.
    redis.call('persist', KEYS[1])
    -- One element is enough: the worker that pops it pushes the next one (take.lua).
    redis.call('del', KEYS[2])
    redis.call('rpush', KEYS[2], '1')
end
count(KEYS[3], KEYS[4])
return 1
