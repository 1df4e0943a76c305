-- join.lua: takes users in, one after another in the order given, or finds the
-- places that they have.
--
--   KEYS[8...] each user's bucket
--   ARGV[4] seconds that an untouched bucket is kept
--   ARGV[5...] the users (16 bytes each)
--
-- Replies 'places', serving, ceiling, why the queue is closed ('' if it is not),
-- and then two numbers for each user: the place (0: the queue is closed, -1: nothing can be drawn above the ceiling
-- before Postgres has reserved more) and the sum of FRESH, if the number was
-- drawn by this call, and TURN, if its turn has come.

local FRESH, TURN = 1, 2
-- A bucket of up to 512 entries is one compact block. Entries of finished
-- places are dropped when a bucket outgrows this, so that the memory follows
-- the number of people who wait and not of those who ever came.
local TIDY = 96

local room, fault = load()
if fault then return fault end

local function tidy(bucket)
  local all = redis.call('HGETALL', bucket)
  for i = 1, #all, 2 do
    if standing(room, tonumber(all[i + 1])) == 'over' then redis.call('HDEL', bucket, all[i]) end
  end
end

local function take(bucket, user)
  local known = tonumber(redis.call('HGET', bucket, user) or nil)
  local stand = known and standing(room, known) or 'over'
  if room.closed and stand ~= 'active' then return 0, 0 end
  if stand ~= 'over' then return known, (stand == 'active' or stand == 'called') and TURN or 0 end
  if room.issued >= room.ceiling then return -1, 0 end

  local n = redis.call('HINCRBY', ROOM, 'issued', 1)
  room.issued = n
  redis.call('HSET', bucket, user, n)
  wait(room, 1)
  local size = redis.call('HLEN', bucket)
  if size % 16 == 1 then redis.call('EXPIRE', bucket, ARGV[4]) end
  if size >= TIDY and size % 16 == 0 then tidy(bucket) end

  -- Alone in the queue: the turn may have come already.
  if room.waiting == 1 then advance(room) end
  return n, n <= room.serving and FRESH + TURN or FRESH
end

local places = {}
for i = 8, #KEYS do
  local n, flags = take(KEYS[i], ARGV[i - 3])
  places[#places + 1] = n
  places[#places + 1] = flags
end
return {'places', room.serving, room.ceiling, room.closure, unpack(places)}
