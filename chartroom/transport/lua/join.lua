-- Adds a channel to a group. For a socket, also records the group for its interface
-- process, so that its memberships can be found when the process has exited.
-- KEYS: the group; for a socket of `rundaphne` also its process's heartbeat,
-- the set of all processes, and the set of the process's groups
-- ARGV: channel, time, seconds until a membership expires, the group's name, the process
-- Returns 1, or 0 if the process has no heartbeat.
if #KEYS > 1 then
    if redis.call('exists', KEYS[2]) == 0 then
        return 0
    end
    redis.call('sadd', KEYS[3], ARGV[5])
    redis.call('sadd', KEYS[4], ARGV[4])
    redis.call('expire', KEYS[4], ARGV[3])
end
redis.call('zadd', KEYS[1], ARGV[2], ARGV[1])
redis.call('expire', KEYS[1], ARGV[3])
return 1
