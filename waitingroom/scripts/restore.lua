-- restore.lua: puts back sessions that Postgres remembers, before the room is
-- opened. Runs once per batch.
--
--   KEYS[1] room (not used)
--   KEYS[2] opening
--   KEYS[3] active
--   KEYS[8...] the bucket of each session's user
--   ARGV[4] the word given to find.lua
--   ARGV[5] seconds that an untouched bucket is kept
--   ARGV[6...] number, end, user (16 bytes), number, end, user ...
--
-- Replies 'restored'; or 'refused' if the announcement is gone.

if redis.call('GET', KEYS[2]) ~= ARGV[4] .. server() then return {'refused'} end
for i = 0, #KEYS - 8 do
  local n, ends, user = ARGV[6 + 3 * i], ARGV[7 + 3 * i], ARGV[8 + 3 * i]
  redis.call('ZADD', KEYS[3], ends, n)
  redis.call('HSET', KEYS[8 + i], user, n)
  redis.call('EXPIRE', KEYS[8 + i], ARGV[5])
end
return {'restored'}
