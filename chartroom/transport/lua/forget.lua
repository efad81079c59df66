-- Removes all sockets of an interface process from a group, unless the process has a heartbeat again.
-- KEYS: the group, the process's heartbeat, the set of its groups
-- ARGV: the process, the group's name
-- Returns the number of removed members, or -1 if the process is alive.
if redis.call('exists', KEYS[2]) == 1 then
    return -1
end
redis.call('srem', KEYS[3], ARGV[2])
local removed = 0
for _, member in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do
    if string.sub(member, 1, #ARGV[1]) == ARGV[1] then
        redis.call('zrem', KEYS[1], member)
        removed = removed + 1
    end
end
return removed
