-- open.lua: opens a room in an incarnation that Postgres has just granted.
--
--   KEYS[1] room
--   KEYS[2] opening
--   ARGV[1] the granted incarnation
--   ARGV[2] time, milliseconds
--   ARGV[4] the word given to find.lua
--   ARGV[5...] field, value ... of the room
--
-- Replies 'opened'; or 'refused' if the announcement is gone.

if redis.call('GET', KEYS[2]) ~= ARGV[4] .. server() then return {'refused'} end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'incarnation', ARGV[1], 'server', server(),
  'opened', now, 'waiting', 0, 'returned', '0', 'returnedAt', now,
  'checkpointAt', now, 'checkpointed', '')
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return {'opened'}
