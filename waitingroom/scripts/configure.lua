-- configure.lua: sets capacity, session length and whether the queue is open.
--
--   ARGV[4] capacity
--   ARGV[5] session, milliseconds
--   ARGV[6] 1 if the queue is closed, else 0
--
-- Replies 'configured', serving. With a smaller capacity nobody is sent away:
-- nobody is called until enough have left.

local room, fault = load()
if fault then return fault end

redis.call('HSET', ROOM, 'capacity', ARGV[4], 'session', ARGV[5], 'closed', ARGV[6])
room.capacity, room.closed = tonumber(ARGV[4]), ARGV[6] == '1'
advance(room)
return {'configured', room.serving}
