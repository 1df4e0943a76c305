-- raise.lua: lets more numbers be drawn, after Postgres has reserved them.
--
--   ARGV[4] the reserved ceiling of this incarnation
--
-- Replies 'raised', ceiling. The ceiling never goes down.

local room, fault = load()
if fault then return fault end

local ceiling = tonumber(ARGV[4])
if ceiling > room.ceiling then
  room.ceiling = ceiling
  redis.call('HSET', ROOM, 'ceiling', ceiling)
end
return {'raised', room.ceiling}
