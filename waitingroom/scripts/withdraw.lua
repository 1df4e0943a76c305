-- withdraw.lua: takes back the announcement of an attempt that failed, so that
-- nobody waits for it.
--
--   KEYS[2] opening
--   ARGV[4] the word given to find.lua
--
-- Replies 'withdrawn', whoever's announcement stands.

if redis.call('GET', KEYS[2]) == ARGV[4] .. server() then redis.call('DEL', KEYS[2]) end
return {'withdrawn'}
