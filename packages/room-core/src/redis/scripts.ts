/**
 * What has to happen in one step. Every script knows the room by `KEYS[1]` (hash), `KEYS[2]` (stream), `KEYS[3]` (clients)
 * and `KEYS[6]` (redacted entries), and answers `{'none'}` for a room that is not there.
 *
 * `run` is the identity of the server's process, as the connection read it. The one that last wrote to a room stands in the
 * room: another one may have come up with less than was acknowledged, so it begins a new epoch before it writes anything.
 * Where a store stands behind the room (`stored`), that one knows better: nothing is written, and the answer is `{'shut'}`.
 */

/** Shared by all: where the log stands, and how an entry is written. */
const PRELUDE = `
local function num(text) return string.format('%.0f', text) end
local room = redis.call('HMGET', KEYS[1], 'record', 'run', 'epoch', 'top', 'epochs', 'stored', 'resting')
if not room[1] then return {'none'} end
local run, epoch, top, epochs = room[2], tonumber(room[3]), tonumber(room[4]), room[5]
local function isShut(now) return room[7] or (room[6] and run ~= now) end
local function write(channel, node, ts, json)
  local seq = num(top + 1)
  redis.call('XADD', KEYS[2], seq .. '-0', 'e', num(epoch), 't', ts, 'v', json)
  redis.call('HSET', KEYS[1], 'top', seq, 'touched', ts)
  top = top + 1
  redis.call('PUBLISH', channel, node .. ' ' .. num(epoch) .. ' ' .. seq .. ' ' .. ts .. ' ' .. json)
  return seq
end
local function turn(channel, node, ts, actor, now)
  local after = num(top)
  epoch = epoch + 1
  epochs = epochs .. ' ' .. num(epoch) .. ':' .. num(top + 1)
  redis.call('HSET', KEYS[1], 'run', now, 'epoch', num(epoch), 'epochs', epochs)
  write(channel, node, ts, '{"kind":"log.discontinuity","actor":' .. actor ..
    ',"body":{"epoch":' .. num(epoch) .. ',"after":' .. after .. '}}')
end
`;

/** Judges the number of a client: `ARGV[c]` its field or `''`, `ARGV[c + 1]` the number. */
const JUDGE = `
local function judge(field, n)
  local known = redis.call('HGET', KEYS[3], field)
  if not known then return nil end
  local last, seq = string.match(known, '^(%d+):(%d*)')
  if tonumber(n) <= tonumber(last) then
    if tonumber(n) < tonumber(last) then seq = '' end
    return {'duplicate', seq}
  end
  if tonumber(n) > tonumber(last) + 1 then return {'gap', num(last + 1)} end
  return nil
end
`;

/**
 * ARGV: run, channel, node, ts, actor of the room, expected epoch or '', least top, client field or '', n, entry as JSON, lease
 * of the caller or ''. `KEYS[4]`: who has the lease.
 */
export const APPEND: string = `${PRELUDE}${JUDGE}
if isShut(ARGV[1]) then return {'shut'} end
if run ~= ARGV[1] then turn(ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[1]) end
if ARGV[11] ~= '' and redis.call('GET', KEYS[4]) ~= ARGV[11] then return {'fenced'} end
if ARGV[6] ~= '' and tonumber(ARGV[6]) ~= epoch then return {'epoch', num(epoch)} end
if top < tonumber(ARGV[7]) then return {'regressed', num(top)} end
if ARGV[8] ~= '' then
  local refused = judge(ARGV[8], ARGV[9])
  if refused then return refused end
end
local seq = write(ARGV[2], ARGV[3], ARGV[4], ARGV[10])
if ARGV[8] ~= '' then redis.call('HSET', KEYS[3], ARGV[8], ARGV[9] .. ':' .. seq .. ':' .. ARGV[4]) end
return {'appended', seq, num(epoch)}
`;

/** ARGV: run, channel, node, ts, actor of the room, expected epoch or '', least top, client field, n. */
export const SKIP: string = `${PRELUDE}${JUDGE}
if isShut(ARGV[1]) then return {'shut'} end
if run ~= ARGV[1] then turn(ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[1]) end
if ARGV[6] ~= '' and tonumber(ARGV[6]) ~= epoch then return {'epoch', num(epoch)} end
if top < tonumber(ARGV[7]) then return {'regressed', num(top)} end
local refused = judge(ARGV[8], ARGV[9])
if refused then return refused end
redis.call('HSET', KEYS[3], ARGV[8], ARGV[9] .. '::' .. ARGV[4])
return {'skipped'}
`;

/** ARGV: run, channel, node, ts, actor of the room, epoch that the caller knows. */
export const START_EPOCH: string = `${PRELUDE}
if isShut(ARGV[1]) then return {'shut'} end
if tonumber(ARGV[6]) == epoch then turn(ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[1]) end
return {'at', num(epoch), num(top), epochs, redis.call('HGET', KEYS[1], 'oldest')}
`;

/**
 * ARGV: seq, the whole entry without its words as `packRedacted` gives it. An entry of a stream cannot be changed: it is
 * deleted, and stands beside the stream from then on.
 */
export const REDACT: string = `
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return {'none'} end
local gone = redis.call('XDEL', KEYS[2], ARGV[1] .. '-0')
local had = redis.call('ZREMRANGEBYSCORE', KEYS[6], ARGV[1], ARGV[1])
if gone + had == 0 then return {'unknown'} end
redis.call('ZADD', KEYS[6], ARGV[1], ARGV[2])
return {'redacted'}
`;

/**
 * ARGV: run, record, version, ordinal, time of creation, epochs, epoch, top, number of entries, then of each entry seq,
 * epoch, ts and JSON, then of each client field and value. Creates a room that has no entries, or takes over one that has.
 */
export const CREATE: string = `
if redis.call('EXISTS', KEYS[1]) == 1 then return {'exists'} end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[6])
local count, touched, at = tonumber(ARGV[9]), ARGV[5], 10
for entry = 1, count do
  redis.call('XADD', KEYS[2], ARGV[at] .. '-0', 'e', ARGV[at + 1], 't', ARGV[at + 2], 'v', ARGV[at + 3])
  touched = ARGV[at + 2]
  at = at + 4
end
while at < #ARGV do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  at = at + 2
end
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'record', ARGV[2], 'version', ARGV[3], 'ordinal', ARGV[4],
  'touched', touched, 'epochs', ARGV[6], 'epoch', ARGV[7], 'top', ARGV[8],
  'oldest', string.format('%.0f', ARGV[8] - count + 1))
return {'created'}
`;

/** ARGV: version, record. */
export const UPDATE: string = `
local version = redis.call('HGET', KEYS[1], 'version')
if not version then return {'none'} end
if tonumber(version) ~= tonumber(ARGV[1]) - 1 then return {'conflict', version} end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'record', ARGV[2])
return {'updated'}
`;

/** The hash stays, and says that the id is taken. */
export const DELETE: string = `
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return {'none'} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
redis.call('HSET', KEYS[1], 'deleted', '1')
return {'deleted'}
`;

/*
 * Leases. `KEYS[1]` is the hash of the room, `KEYS[2]` who has its lease, `KEYS[3]` what is kept for the next one. A lease is
 * known by the name of its holder and its number together: a Redis that lost some may give the same number again.
 */

/** ARGV: node, time to live, channel. */
export const ACQUIRE: string = `
if redis.call('HEXISTS', KEYS[1], 'record') == 0 then return {'none'} end
local held = redis.call('GET', KEYS[2])
if held and string.match(held, '^(%S+) ') ~= ARGV[1] then return {'held', held} end
local token = ARGV[1] .. ' ' .. string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'fence', 1))
redis.call('SET', KEYS[2], token, 'PX', ARGV[2])
redis.call('PUBLISH', ARGV[3], token)
return {'acquired', token}
`;

/** ARGV: lease, time to live. */
export const RENEW: string = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {'over'} end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return {'renewed'}
`;

/** ARGV: lease, channel. */
export const RELEASE: string = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {'over'} end
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[2], '')
return {'released'}
`;

/** ARGV: lease, name, value or '' for none. */
export const KEEP: string = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {'over'} end
if ARGV[3] == '' then redis.call('HDEL', KEYS[3], ARGV[2]) else redis.call('HSET', KEYS[3], ARGV[2], ARGV[3]) end
return {'kept'}
`;
