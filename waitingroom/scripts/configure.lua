-- configure.lua: sets capacity, session length and whether the queue is open.
--
--   ARGV[4] capacity
--   ARGV[5] session, milliseconds
--   ARGV[6] why the queue is closed: 'sold_out' or 'operator'; '' if it is open
--   ARGV[7] the revision that Postgres gave to these
--
-- Replies 'configured', serving. What is not later than what the room has
-- changes nothing. With a smaller capacity nobody is sent away: nobody is
-- called until enough have left. When a closed queue opens, whoever had been
-- called has the whole grace again, and whoever has not come back after a loss
-- is waited for again: many clients do not ask in front of a closed queue.

local room, fault = load()
if fault then return fault end

if tonumber(ARGV[7]) <= room.revision then return {'configured', room.serving} end
expire(room) -- as it was until now
local opens = room.closed and ARGV[6] == ''
redis.call('HSET', ROOM, 'capacity', ARGV[4], 'session', ARGV[5], 'closed', ARGV[6], 'revision', ARGV[7])
room.capacity, room.closed = tonumber(ARGV[4]), ARGV[6] ~= ''
if opens then
  room.patienceFrom = now
  redis.call('HSET', ROOM, 'patienceFrom', now)
  for _, n in ipairs(redis.call('ZRANGE', CALLED, 0, -1)) do redis.call('ZADD', CALLED, now + grace, n) end
end
advance(room)
return {'configured', room.serving}
