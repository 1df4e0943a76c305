-- refresh.lua: the one read of a room per interval and instance. It moves the
-- queue on and answers all that a poll needs to know.
--
--   ARGV[4] milliseconds between two checkpoints
--   ARGV[5] seconds that an untouched room is kept
--
-- Replies 'room' and the numbers in the order of the last statement. The last
-- but one is the serving number to write into Postgres if this caller is to do it,
-- else -1: one caller per checkpoint interval is asked, whatever the number of
-- instances.

local room, fault = load()
if fault then return fault end

advance(room)

-- settled is the number up to which nobody has an unclaimed turn, or one that
-- was claimed and that Postgres may not know of: after a loss, serving restarts
-- from it and no turn that was called is forgotten.
local function settled()
  local lowest = room.serving + 1
  for _, key in ipairs({CALLED, LATE, UNNOTED}) do
    for _, n in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      lowest = math.min(lowest, tonumber(n))
    end
  end
  return lowest - 1
end

local checkpoint = -1
local v = redis.call('HMGET', ROOM, 'session', 'prior', 'checkpointAt', 'checkpointed')
if now >= tonumber(v[3]) + tonumber(ARGV[4]) then
  redis.call('ZREMRANGEBYSCORE', UNNOTED, '-inf', now)
  local picture = table.concat({room.serving, room.issued, room.high, redis.call('ZCARD', CALLED),
    redis.call('ZCARD', LATE), redis.call('ZCARD', UNNOTED)}, '/')
  if v[4] ~= picture then
    checkpoint = settled()
    redis.call('HSET', ROOM, 'checkpointAt', now, 'checkpointed', picture)
    for i = 1, 7 do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
  end
end

return {'room', room.serving, room.issued, room.ceiling, room.high, room.waiting,
  redis.call('ZCARD', ACTIVE), redis.call('ZCARD', CALLED), room.capacity, tonumber(v[1]),
  room.closure, tostring(room.returned), room.returnedAt, room.opened, v[2], checkpoint, room.revision}
