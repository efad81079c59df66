-- Moves a worker's in-flight entries back to the front of their queue, in their
-- order, with one more try in each header; entries that were tried too often
-- become dead letters.
-- KEYS: in-flight list, queue, wake-up list, dead letters
-- ARGV: tries after which an entry becomes a dead letter
-- Returns {number of requeued entries, number of dead letters}.
local requeued, dead = 0, 0
while true do
    local entry = redis.call('rpop', KEYS[1])
    if not entry then
        break
    end
    local version, expires, tries, tail = string.match(entry, '^(%S+) (%d+) (%d+) (.*)$')
    if not version or tonumber(tries) + 1 >= tonumber(ARGV[1]) then
        redis.call('lpush', KEYS[4], entry)
        dead = dead + 1
    else
        redis.call('lpush', KEYS[2], version .. ' ' .. expires .. ' ' .. (tonumber(tries) + 1) .. ' ' .. tail)
        requeued = requeued + 1
    end
end
if requeued > 0 then
    redis.call('del', KEYS[3])
    redis.call('rpush', KEYS[3], '1')
end
return {requeued, dead}
