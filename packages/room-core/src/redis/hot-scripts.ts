/*
 * Rooms that a store stands behind. `KEYS` are those of `scripts.ts`, and `KEYS[7]` (who reads the room back), `KEYS[8]` (who
 * stores it), `KEYS[9]` (the set of such rooms).
 */

/** ARGV: run. */
export const LOOK: string = `
local room = redis.call('HMGET', KEYS[1], 'record', 'run', 'epoch', 'top', 'oldest', 'stored', 'resting', 'touched', 'epochs')
if not room[1] then return {'absent', ARGV[1]} end
local state = 'open'
if room[7] then state = 'resting' end
if room[2] ~= ARGV[1] then state = 'changed' end
return {state, ARGV[1], room[6] or '', room[3], room[4], room[5] or '1', room[7] or '', room[8] or '0', room[9]}
`;

/**
 * ARGV: token, run then, run now, channel or '', node, ts, record, version, time of creation, epochs, epoch, top, number of
 * entries, then of each entry seq, epoch, ts and JSON, then of each client field and value.
 */
export const INSTALL: string = `
if ARGV[2] ~= ARGV[3] or redis.call('GET', KEYS[7]) ~= ARGV[1] then return {'late'} end
local had = redis.call('HMGET', KEYS[1], 'record', 'run', 'resting')
if had[1] and had[2] == ARGV[3] and not had[3] then return {'late'} end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[6])
redis.call('HDEL', KEYS[1], 'resting', 'deleted')
local count, touched, at = tonumber(ARGV[13]), ARGV[9], 14
for entry = 1, count do
  redis.call('XADD', KEYS[2], ARGV[at] .. '-0', 'e', ARGV[at + 1], 't', ARGV[at + 2], 'v', ARGV[at + 3])
  touched = ARGV[at + 2]
  if entry == count and ARGV[4] ~= '' then
    redis.call('PUBLISH', ARGV[4], ARGV[5] .. ' ' .. ARGV[at + 1] .. ' ' .. ARGV[at] .. ' ' .. ARGV[at + 2] .. ' ' .. ARGV[at + 3])
  end
  at = at + 4
end
while at < #ARGV do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  at = at + 2
end
redis.call('HSET', KEYS[1], 'run', ARGV[3], 'record', ARGV[7], 'version', ARGV[8], 'ordinal', '0', 'stored', '1',
  'touched', touched, 'epochs', ARGV[10], 'epoch', ARGV[11], 'top', ARGV[12],
  'oldest', string.format('%.0f', ARGV[12] - count + 1))
-- Leases go on above those of which nothing is known any more.
redis.call('HSETNX', KEYS[1], 'fence', ARGV[6])
redis.call('SADD', KEYS[9], string.match(KEYS[1], '{(.*)}'))
return {'installed'}
`;

export const ADOPT: string = `
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return {'none'} end
redis.call('HSET', KEYS[1], 'stored', '1')
redis.call('SADD', KEYS[9], string.match(KEYS[1], '{(.*)}'))
return {'adopted'}
`;

/** ARGV: run, token, epoch, top. A room that somebody runs is not put to rest. */
export const REST: string = `
local room = redis.call('HMGET', KEYS[1], 'run', 'epoch', 'top', 'resting')
if room[1] ~= ARGV[1] or room[2] ~= ARGV[3] or room[3] ~= ARGV[4] or room[4] then return {'busy'} end
if redis.call('EXISTS', KEYS[4]) == 1 then return {'busy'} end
redis.call('HSET', KEYS[1], 'resting', ARGV[2])
return {'resting'}
`;

/** ARGV: token. */
export const WAKE: string = `
if redis.call('HGET', KEYS[1], 'resting') ~= ARGV[1] then return {'late'} end
redis.call('HDEL', KEYS[1], 'resting')
return {'awake'}
`;

/** ARGV: token. */
export const UNLOAD: string = `
if redis.call('HGET', KEYS[1], 'resting') ~= ARGV[1] then return {'late'} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[5], KEYS[6])
redis.call('SREM', KEYS[9], string.match(KEYS[1], '{(.*)}'))
return {'unloaded'}
`;

export const ERASE: string = `
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[8])
redis.call('SREM', KEYS[9], string.match(KEYS[1], '{(.*)}'))
return {'erased'}
`;

/** ARGV: epoch. No process of a Redis has this identity. */
export const DOUBT: string = `
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then redis.call('HSET', KEYS[1], 'run', 'doubted') end
return {'doubted'}
`;

/** ARGV: version, record. */
export const RECORD: string = `
local version = redis.call('HGET', KEYS[1], 'version')
if version and tonumber(version) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'version', ARGV[1], 'record', ARGV[2])
end
return {'known'}
`;

export const TABLE: string = `
local room = redis.call('HMGET', KEYS[1], 'top', 'epoch')
if not room[1] then return {'none'} end
local answer = redis.call('HGETALL', KEYS[3])
table.insert(answer, 1, room[2])
table.insert(answer, 1, room[1])
return answer
`;

/** ARGV: server, time to live. */
export const STORE_TURN: string = `
local held = redis.call('GET', KEYS[8])
if held and held ~= ARGV[1] then return {'held'} end
redis.call('SET', KEYS[8], ARGV[1], 'PX', ARGV[2])
return {'ours'}
`;

/** ARGV: token, time to live. A lock that was over is not taken again: somebody may have had it meanwhile. */
export const HOLD: string = `
if redis.call('GET', KEYS[7]) ~= ARGV[1] then return {'late'} end
redis.call('PEXPIRE', KEYS[7], ARGV[2])
return {'held'}
`;

/** ARGV: name of whoever gives up the turn to store, or the lock of reading back: whichever of them it has. */
export const LEAVE: string = `
if redis.call('GET', KEYS[8]) == ARGV[1] then redis.call('DEL', KEYS[8]) end
if redis.call('GET', KEYS[7]) == ARGV[1] then redis.call('DEL', KEYS[7]) end
return {'left'}
`;
