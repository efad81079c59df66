-- Takes the first waiting entry of several lists, without blocking.
-- KEYS: the lists of channels that are not durable, then those of durable channels,
-- each followed by its wake-up list and this worker's in-flight list
-- ARGV: the number of lists that are not durable, 1 if the durable ones come first;
-- with durable ones also: the key of the set of workers, this worker's name, the key
-- of its heartbeat, seconds until that expires, then for each durable list how many
-- of its in-flight entries the worker knows of
-- Returns {list, entry}, or nothing.
local plain = tonumber(ARGV[1])

local function take_plain()
    for i = 1, plain do
        local entry = redis.call('lpop', KEYS[i])
        if entry then
            return {KEYS[i], entry}
        end
    end
end

local function take_durable()
    for i = plain + 1, #KEYS, 3 do
        -- First an entry that was moved here, but whose answer did not reach the worker.
        local known = tonumber(ARGV[7 + (i - plain - 1) / 3])
        local entry = redis.call('lindex', KEYS[i + 2], known)
        if not entry then
            entry = redis.call('lpop', KEYS[i])
            if entry then
                redis.call('rpush', KEYS[i + 2], entry)
                -- Wakes the next worker, if entries are left.
                redis.call('del', KEYS[i + 1])
                if redis.call('llen', KEYS[i]) > 0 then
                    redis.call('rpush', KEYS[i + 1], '1')
                end
            end
        end
        if entry then
            redis.call('sadd', ARGV[3], ARGV[4])
            redis.call('setex', ARGV[5], ARGV[6], '1')
            return {KEYS[i], entry}
        end
    end
end

if ARGV[2] == '1' then
    return take_durable() or take_plain() or false
end
return take_plain() or take_durable() or false
