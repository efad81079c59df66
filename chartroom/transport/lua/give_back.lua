-- What a worker had in flight goes back to the front of its queue, in its
-- order, with one try more in its header; what was tried too often goes to the
-- dead letters.
-- KEYS: in-flight list, queue, bell, dead letters
-- ARGV: tries after which an entry is dead
-- Returns {given back, dead}.
local given, dead = 0, 0
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
        given = given + 1
    end
end
if given > 0 then
    redis.call('del', KEYS[3])
    redis.call('rpush', KEYS[3], '1')
end
return {given, dead}
