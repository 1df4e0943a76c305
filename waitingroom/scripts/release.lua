-- release.lua: gives back a place or a turn, and calls whoever is next.
--
--   KEYS[8] the user's bucket
--   ARGV[4] number
--   ARGV[5] user (16 bytes)
--
-- Replies 'released', serving. Releasing what is over changes nothing.

local room, fault = load()
if fault then return fault end

local n, user = tonumber(ARGV[4]), ARGV[5]

local stand = standing(room, n)
if stand == 'waiting' and n <= room.issued then
  local change = counted(room, n) and -1 or 0
  if mark(room, LEFT, n) then wait(room, change) end
elseif stand == 'called' then
  tally(room, redis.call('ZREM', CALLED, n))
elseif stand == 'active' then
  tally(room, redis.call('ZREM', ACTIVE, n))
  redis.call('ZREM', UNNOTED, n)
elseif stand == 'late' then
  redis.call('ZREM', LATE, n)
  wait(room, -1)
end
-- Inside since before a loss: the queue has yet to come past this number.
if (stand == 'active' or stand == 'called') and n > room.serving then mark(room, LEFT, n) end
if redis.call('HGET', KEYS[8], user) == tostring(n) then redis.call('HDEL', KEYS[8], user) end

advance(room)
return {'released', room.serving}
