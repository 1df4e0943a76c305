-- room.lua: the part that every script of a room begins with.
--
-- A script is run as room.lua followed by its own text. All keys carry the
-- concert's hash tag, so a script touches one slot of a Redis Cluster:
--
--   KEYS[1] room    hash    counters and settings, fields below
--   KEYS[2] called  zset    number -> end of the grace in which to show up, while the queue is open
--   KEYS[3] active  zset    number -> end of the session
--   KEYS[4] left    bitmap  1 for a number whose owner gave up while waiting
--   KEYS[5] seen    bitmap  1 for a number from before a loss whose owner came back
--   KEYS[6] late    zset    number -> number, owners who came back after they were passed
--   KEYS[7] unnoted zset    number -> end of the grace in which Postgres is to note its session
--   KEYS[8...]      hashes  buckets of the waiting: user (16 bytes) -> number
--
--   ARGV[1] incarnation that the caller believes in
--   ARGV[2] time, milliseconds, by the clock of the log
--   ARGV[3] grace, milliseconds
--   ARGV[4...] the script's own arguments
--
-- Every reply is an array that begins with a word. Two words are common to all
-- scripts: 'lost' (this Redis does not hold the room, or is not the process
-- that held it) and 'moved' (the room stands in another incarnation).

local ROOM, CALLED, ACTIVE, LEFT, SEEN, LATE, UNNOTED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local now, grace = tonumber(ARGV[2]), tonumber(ARGV[3])

-- How many numbers one run passes at most, so that no run takes more than a
-- few milliseconds. The next run goes on.
local STEPS = 2000
-- The window, in milliseconds, over which places given back are counted.
local WINDOW = 120000

-- server names the Redis process that runs this script. A process that came
-- back from a snapshot has another name, and its state is stale.
local function server()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or 'in-process'
end

-- load returns the room, or nil and the reply that says why not.
local function load()
  local v = redis.call('HMGET', ROOM, 'incarnation', 'server', 'issued', 'ceiling', 'serving', 'base',
    'floor', 'high', 'waiting', 'capacity', 'closed', 'opened', 'returned', 'returnedAt',
    'patience', 'patiencePerPlace', 'patienceMax', 'revision', 'patienceFrom')
  if not v[1] or v[2] ~= server() then return nil, {'lost'} end
  if v[1] ~= ARGV[1] then return nil, {'moved'} end
  return {
    issued = tonumber(v[3]),    -- highest number drawn
    ceiling = tonumber(v[4]),   -- highest number that may be drawn: reserved in Postgres
    serving = tonumber(v[5]),   -- every number up to here has had its turn
    base = tonumber(v[6]),      -- serving when this incarnation began
    floor = tonumber(v[7]),     -- numbers up to here were drawn before the loss, or never
    high = tonumber(v[8]),      -- highest of those known to have been drawn
    waiting = tonumber(v[9]),   -- owners known to wait
    capacity = tonumber(v[10]), -- called and active together stay within it
    closed = v[11] ~= '',       -- whether the queue is, and why: '', 'sold_out' or 'operator'
    closure = v[11],
    opened = tonumber(v[12]),   -- when this incarnation began
    returned = tonumber(v[13]), returnedAt = tonumber(v[14]),
    patience = tonumber(v[15]), patiencePerPlace = tonumber(v[16]), patienceMax = tonumber(v[17]),
    -- since when those are waited for who have not come back after a loss:
    -- since then, or since a closed queue has opened
    patienceFrom = tonumber(v[19] or v[12]),
    revision = tonumber(v[18]), -- of capacity, session and closed, as Postgres counts
  }
end

-- bit reads the mark of number n in a bitmap that begins after room.base.
local function bit(room, key, n)
  return n > room.base and redis.call('GETBIT', key, n - room.base - 1) == 1
end

-- mark sets the mark of n and reports whether it was not set before.
local function mark(room, key, n)
  return redis.call('SETBIT', key, n - room.base - 1, 1) == 0
end

-- counted tells whether n, not called yet, is part of room.waiting.
local function counted(room, n)
  if bit(room, LEFT, n) then return false end
  return n > room.floor or bit(room, SEEN, n)
end

local function wait(room, change)
  if change ~= 0 then
    room.waiting = redis.call('HINCRBY', ROOM, 'waiting', change)
  end
end

-- standing says where number n stands: 'active' with its end, 'called',
-- 'late', 'waiting' or 'over'.
local function standing(room, n)
  local ends = redis.call('ZSCORE', ACTIVE, n)
  if ends and tonumber(ends) > now then return 'active', tonumber(ends) end
  if n > room.serving then return 'waiting' end
  local deadline = redis.call('ZSCORE', CALLED, n)
  if deadline and (room.closed or tonumber(deadline) > now) then return 'called' end
  if redis.call('ZSCORE', LATE, n) then return 'late' end
  return 'over'
end

-- tally counts places given back: an exponential window, from which the rate
-- of the last minutes is read.
local function tally(room, places)
  if places == 0 then return end
  room.returned = room.returned * math.exp((room.returnedAt - now) / WINDOW) + places
  room.returnedAt = now
  redis.call('HSET', ROOM, 'returned', tostring(room.returned), 'returnedAt', now)
end

-- owed is the time until which a number from before the loss is kept for an
-- owner who has not come back: twice the poll interval that the owner had.
local function owed(room, n)
  return room.patienceFrom + math.min(room.patienceMax, room.patience + (n - room.base) * room.patiencePerPlace)
end

-- following moves room.serving to the next number that gets a turn and
-- returns it. Numbers whose owner left, is inside already or did not come back
-- after a loss are passed without costing a place. It returns nil if nobody is
-- there, if the next owner is still owed patience, or after STEPS numbers.
local function following(room, budget)
  while room.serving < room.issued and budget.steps > 0 do
    budget.steps = budget.steps - 1
    local n = room.serving + 1
    local passed = bit(room, LEFT, n)
    if not passed and n <= room.floor then
      if redis.call('ZSCORE', ACTIVE, n) then
        passed = true
      elseif not bit(room, SEEN, n) then
        if now < owed(room, n) then return nil end
        passed = true
      end
    end
    room.serving = n
    if not passed then return n end
  end
  return nil
end

-- expire ends what time has ended. In front of a closed queue nobody can take
-- up a turn, so nobody loses one: configure.lua begins the grace anew.
local function expire(room)
  local places = redis.call('ZREMRANGEBYSCORE', ACTIVE, '-inf', now)
  if not room.closed then places = places + redis.call('ZREMRANGEBYSCORE', CALLED, '-inf', now) end
  tally(room, places)
end

-- advance ends what time has ended and calls as many numbers, in order, as
-- there are free places. It is safe to run at any time by anybody.
local function advance(room)
  expire(room)
  if room.closed then return end
  local free = room.capacity - redis.call('ZCARD', CALLED) - redis.call('ZCARD', ACTIVE)
  local from, turns, budget = room.serving, 0, { steps = STEPS }
  while free > 0 and budget.steps > 0 do
    budget.steps = budget.steps - 1
    local n = redis.call('ZPOPMIN', LATE)[1] or following(room, budget)
    if not n then break end
    redis.call('ZADD', CALLED, now + grace, n)
    free, turns = free - 1, turns + 1
  end
  wait(room, -turns)
  if room.serving ~= from then redis.call('HSET', ROOM, 'serving', room.serving) end
end
