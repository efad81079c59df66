-- Renews the memberships of an interface process's sockets in a group.
-- KEYS: the group, the set of the process's groups
-- ARGV: the process, time, seconds until a membership expires, the group's name
local found = false
for _, member in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do
    if string.sub(member, 1, #ARGV[1]) == ARGV[1] then
        redis.call('zadd', KEYS[1], ARGV[2], member)
        found = true
    end
end
if found then
    redis.call('expire', KEYS[1], ARGV[3])
else
    redis.call('srem', KEYS[2], ARGV[4])
end
