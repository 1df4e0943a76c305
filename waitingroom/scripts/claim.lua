-- claim.lua: takes up the turn of a number.
--
--   ARGV[4] number
--   ARGV[5] end of the session, milliseconds, if it begins with this call
--
-- Replies 'admitted', end; 'waiting', serving; 'closed', why; or 'over'. Claiming
-- again answers the same end. Until noted.lua has said that Postgres has the
-- session, or for a grace, the number is unnoted and counts as not settled:
-- Redis may be lost, and nothing else knows of the session.

local room, fault = load()
if fault then return fault end

local n, ends = tonumber(ARGV[4]), tonumber(ARGV[5])

local stand, running = standing(room, n)
if stand == 'active' then
  redis.call('ZADD', UNNOTED, 'XX', now + grace, n)
  return {'admitted', running}
end
if room.closed then return {'closed', room.closure} end

-- Passed after a loss because the owner was not back in time: the place is
-- not lost, it is next in line.
if stand == 'over' and n > room.base and n <= room.floor and not bit(room, LEFT, n) and mark(room, SEEN, n) then
  redis.call('ZADD', LATE, n, n)
  wait(room, 1)
end

advance(room)
stand = standing(room, n)
if stand == 'called' then
  redis.call('ZREM', CALLED, n)
  redis.call('ZADD', ACTIVE, ends, n)
  redis.call('ZADD', UNNOTED, now + grace, n)
  return {'admitted', ends}
end
if stand == 'over' then return {'over'} end
return {'waiting', room.serving}
