-- noted.lua: Postgres has the session of a number that claim.lua has admitted.
--
--   ARGV[4] number
--
-- Replies 'noted'. Saying it again changes nothing.

local room, fault = load()
if fault then return fault end

redis.call('ZREM', UNNOTED, ARGV[4])
return {'noted'}
