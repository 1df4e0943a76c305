-- find.lua: looks whether this Redis holds the room; if not, announces that
-- the caller is about to restore it.
--
--   KEYS[1] room
--   KEYS[2] opening: the announcement
--   ARGV[4] a word that only this attempt uses
--   ARGV[5] milliseconds for which the announcement keeps others waiting
--
-- Replies 'open', incarnation; 'lost'; or 'busy' while another caller's
-- announcement stands.
--
-- The announcement keeps instances from getting in each other's way, and it
-- makes the restoration safe: if Redis is lost once more, or if another caller
-- has taken over because this one was slow, it is gone, and restore.lua and
-- open.lua refuse.

local v = redis.call('HMGET', KEYS[1], 'incarnation', 'server')
if v[1] and v[2] == server() then return {'open', tonumber(v[1])} end

local announced = redis.call('GET', KEYS[2])
if announced and string.sub(announced, -#server()) == server() then return {'busy'} end
redis.call('SET', KEYS[2], ARGV[4] .. server(), 'PX', ARGV[5])
return {'lost'}
