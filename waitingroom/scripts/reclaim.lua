-- reclaim.lua: takes note of people who came back after a loss, with the
-- number and the user of their tokens.
--
--   KEYS[8...] each one's bucket
--   ARGV[4] seconds that an untouched bucket is kept
--   ARGV[5...] number, user (16 bytes), number, user ...
--
-- Replies 'noted'. Noting somebody twice changes nothing. Somebody who joined
-- afresh before coming back keeps the earlier number and loses the later one:
-- nobody stands in the queue twice.

local room, fault = load()
if fault then return fault end

for i = 0, #KEYS - 8 do
  local bucket, n, user = KEYS[8 + i], tonumber(ARGV[5 + 2 * i]), ARGV[6 + 2 * i]
  local waits = n > room.base and n <= room.floor and standing(room, n) == 'waiting'
  if waits and not bit(room, LEFT, n) and mark(room, SEEN, n) then
    wait(room, 1)
    if n > room.high then
      room.high = n
      redis.call('HSET', ROOM, 'high', n)
    end
    local other = tonumber(redis.call('HGET', bucket, user) or nil)
    if other and other > n and other > room.serving and counted(room, other) and mark(room, LEFT, other) then
      wait(room, -1)
    end
    if not other or other > n then
      redis.call('HSET', bucket, user, n)
      redis.call('EXPIRE', bucket, ARGV[4])
    end
  end
end

advance(room)
return {'noted', room.serving}
