"""The Lua scripts of the log. Each is one atomic step; all take the log and its meta hash as keys.

Meta fields: `attempt` (who may append), `first` and `last` (the ids of the first and the last event), `bytes`,
`ended` (the terminal id). Ids have no holes, so a log with another number of events has lost some.
A published batch is `<first> <last> <e if it ends the stream, else ->` and a newline, then the frames.
"""

OPEN = """
-- attempt, floor -> {status, last}
local meta = KEYS[2]
local owner = tonumber(redis.call('HGET', meta, 'attempt') or -1)
local attempt, floor = tonumber(ARGV[1]), tonumber(ARGV[2])
if owner > attempt or redis.call('HEXISTS', meta, 'ended') == 1 then return {'FENCED', 0} end
redis.call('HSET', meta, 'attempt', attempt)
if owner >= 0 then
  -- asked again because the answer was lost, or after a process that died before it began the log anew
  local begun = tonumber(redis.call('HGET', meta, 'first') or 1)
  local last = tonumber(redis.call('HGET', meta, 'last'))
  local lost = (begun > 1 or last >= begun) and redis.call('EXISTS', KEYS[1]) == 0
  return {lost and 'LOST' or 'OPEN', last}
end
redis.call('DEL', KEYS[1])
redis.call('HSET', meta, 'first', floor + 1, 'last', floor, 'bytes', 0)
return {floor > 0 and 'LOST' or 'OPEN', floor}
"""

APPEND = """
-- attempt, expected last, channel, then first..: (seq, frame) pairs -> status, bytes so far
local log, meta = KEYS[1], KEYS[2]
local known = redis.call('HMGET', meta, 'attempt', 'ended', 'first', 'last', 'bytes')
local owner, attempt, expected = tonumber(known[1] or -1), tonumber(ARGV[1]), tonumber(ARGV[2])
if owner > attempt or known[2] then return {'FENCED', 0} end
if owner < attempt then return {'LOST', 0} end
local first, last = tonumber(known[3] or 1), tonumber(known[4])
local newest = tonumber(ARGV[#ARGV - 1])
if last == newest then return {'OK', tonumber(known[5])} end
if last ~= expected or redis.call('XLEN', log) ~= last - first + 1 then return {'LOST', 0} end
local frames = ''
for i = 4, #ARGV, 2 do
  redis.call('XADD', log, ARGV[i] .. '-0', 'f', ARGV[i + 1])
  frames = frames .. ARGV[i + 1]
end
local bytes = tonumber(known[5]) + #frames
redis.call('HSET', meta, 'last', newest, 'bytes', bytes)
redis.call('PUBLISH', ARGV[3], ARGV[4] .. ' ' .. newest .. ' -\\n' .. frames)
return {'OK', bytes}
"""

REWRITE = """
-- attempt, channel, seq, frame of a snapshot -> status: the log begins anew with the snapshot
local log, meta = KEYS[1], KEYS[2]
local owner = tonumber(redis.call('HGET', meta, 'attempt') or -1)
if owner > tonumber(ARGV[1]) or redis.call('HEXISTS', meta, 'ended') == 1 then return 'FENCED' end
redis.call('DEL', log)
redis.call('XADD', log, ARGV[3] .. '-0', 'f', ARGV[4])
redis.call('HSET', meta, 'attempt', ARGV[1], 'first', ARGV[3], 'last', ARGV[3], 'bytes', #ARGV[4])
redis.call('PUBLISH', ARGV[2], ARGV[3] .. ' ' .. ARGV[3] .. ' -\\n' .. ARGV[4])
return 'OK'
"""

CLOSE = """
-- floor, channel, retention in ms, written, whether the log's sum is the snapshot's, then the frames of a snapshot
-- and of the terminal event, each cut at its two ids -> the terminal id. Above the ids of a log that is whole, ending
-- at `written`, none was given; of one that is gone or has holes, nobody knows.
local log, meta = KEYS[1], KEYS[2]
local ended = redis.call('HGET', meta, 'ended')
if ended then return tonumber(ended) end
local floor = tonumber(ARGV[1])
local last = tonumber(redis.call('HGET', meta, 'last') or -1)
local first, frames = nil, ''
local function add(seq, a, b, c)
  local frame = a .. seq .. b .. seq .. c
  redis.call('XADD', log, seq .. '-0', 'f', frame)
  frames = frames .. frame
  first = first or seq
end
if last < 0 then redis.call('DEL', log) end
local begun = tonumber(redis.call('HGET', meta, 'first') or 1)
local whole = last == tonumber(ARGV[4]) and redis.call('XLEN', log) == last - begun + 1
if floor > 0 and not (whole and ARGV[5] == '1') then
  last = (whole and last or math.max(last, floor)) + 1
  add(last, ARGV[6], ARGV[7], ARGV[8])
end
local seq = math.max(last, 0) + 1
add(seq, ARGV[9], ARGV[10], ARGV[11])
redis.call('HSET', meta, 'last', seq, 'ended', seq)
redis.call('PEXPIRE', log, ARGV[3])
redis.call('PEXPIRE', meta, ARGV[3])
redis.call('PUBLISH', ARGV[2], first .. ' ' .. seq .. ' e\\n' .. frames)
return seq
"""

NEWS = """
-- KEYS: feed; channel, longest, time to live in ms, event, data -> id
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'e', ARGV[4], 'd', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[1], id .. ' ' .. ARGV[4] .. '\\n' .. ARGV[5])
return id
"""
