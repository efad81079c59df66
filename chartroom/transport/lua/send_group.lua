-- Sends a message to all members of a group: one entry per interface process,
-- with the names of its sockets and the message once.
-- KEYS: the group
-- ARGV: the score up to which a membership has expired, the entry's header, the
-- body, seconds until a list expires, the prefix of lists; then pairs of a list on
-- this server and its capacity
-- Returns {number of members whose list is full, {"list member member …", …}}. The
-- second contains the lists that are not among the pairs, for the caller to push.
local capacities = {}
for i = 6, #ARGV, 2 do
    capacities[ARGV[i]] = tonumber(ARGV[i + 1])
end

redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[1])
local lists, members = {}, {}
for _, member in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do
    local mark = string.find(member, '!', 1, true)
    local list = mark and string.sub(member, 1, mark) or member
    if not members[list] then
        members[list] = {}
        lists[#lists + 1] = list
    end
    table.insert(members[list], member)
end

local refused, rest = 0, {}
for _, list in ipairs(lists) do
    local names = table.concat(members[list], ' ')
    local key = ARGV[5] .. list
    if not capacities[list] then
        rest[#rest + 1] = list .. ' ' .. names
    elseif redis.call('llen', key) >= capacities[list] then
        refused = refused + #members[list]
    else
        redis.call('rpush', key, ARGV[2] .. ' ' .. names .. '\n' .. ARGV[3])
        redis.call('expire', key, ARGV[4])
    end
end
return {refused, rest}
