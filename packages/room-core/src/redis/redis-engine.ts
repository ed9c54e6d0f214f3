import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import type { Redis, RedisOptions } from 'ioredis';
import { roomActor } from '../actors.ts';
import { checkEntryLength, checkReadOptions, noSuchEntry, roomNotFound, roomNotOpen } from '../engine/checks.ts';
import { parseCid } from '../engine/client-number.ts';
import type { HotRooms } from '../ports/hot-rooms.ts';
import type {
  AppendOptions,
  AppendResult,
  LogPosition,
  ReadOptions,
  RestoredRoom,
  RoomDirectory,
  RoomEngine,
  SkipOptions,
  SkipResult,
} from '../ports/room-engine.ts';
import { randomId } from '../random-id.ts';
import { toEpochs } from './epochs.ts';
import { RedisKeys } from './keys.ts';
import { toToken } from './lease-token.ts';
import { fromRedacted, fromStream, mergeEntries, packEntry, packRedacted, unpackEntry } from './packed-entry.ts';
import { clientField, RedisDirectory } from './redis-directory.ts';
import { RedisFeed } from './redis-feed.ts';
import { RedisHotRooms } from './redis-hot-rooms.ts';
import { RedisLink } from './redis-link.ts';
import { RedisScripts, type ScriptName } from './redis-scripts.ts';

/** Options of {@link redisEngine}. */
export interface RedisEngineOptions {
  /** `redis://` or `rediss://` (TLS), or options of ioredis, such as those for Sentinel. */
  readonly connection: string | RedisOptions;
  /** Put before every key; servers that share rooms share it. @defaultValue `'colloquy:'` */
  readonly prefix?: string;
  /** Longest that a call waits for a connection and its answer, in milliseconds. @defaultValue 5_000 */
  readonly timeoutMs?: number;
  /** Hears of settings of Redis with which entries may get lost. */
  readonly onWarning?: (message: string) => void;
  /** Milliseconds since the Unix epoch, for the time of entries. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/**
 * Rooms in Redis, for several servers that share them. Redis 6.2 or newer, one primary (no Redis Cluster). What an
 * acknowledgement is worth depends on how Redis is set up; see the README.
 *
 * A server of Redis that was started again, or took over from another one, may have lost entries: each room that is
 * written to then begins a new epoch, and clients send again what they wrote.
 *
 * @example
 * ```ts
 * const rooms = new RoomManager({ engine: redisEngine({ connection: 'redis://127.0.0.1:6379' }), model: null });
 * ```
 */
export function redisEngine(options: RedisEngineOptions): RoomEngine {
  return new RedisEngine(options);
}

const ACTOR = JSON.stringify(roomActor);

class RedisEngine implements RoomEngine {
  readonly rooms: RoomDirectory;
  readonly shared = true;
  readonly hot: HotRooms;
  readonly #keys: RedisKeys;
  readonly #link: RedisLink;
  readonly #feed: RedisFeed;
  readonly #scripts: RedisScripts;
  readonly #directory: RedisDirectory;
  readonly #now: () => number;
  /** Writes name their writer on the feed. */
  readonly #node = randomId();
  readonly #pending = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  constructor(options: RedisEngineOptions) {
    const { connection, timeoutMs = 5_000 } = options;
    this.#now = options.now ?? Date.now;
    this.#keys = new RedisKeys(options.prefix ?? 'colloquy:');
    this.#link = new RedisLink({ connection, timeoutMs, onWarning: options.onWarning ?? (() => {}) });
    this.#scripts = new RedisScripts(this.#link.redis);
    this.#feed = new RedisFeed({
      ...{ connection, timeoutMs, keys: this.#keys },
      newest: (roomId) => this.#newest(roomId),
    });
    this.#directory = new RedisDirectory({
      link: this.#link,
      keys: this.#keys,
      run: (name, roomId, makeArguments) => this.#run(name, roomId, makeArguments),
    });
    this.hot = new RedisHotRooms({
      ...{ link: this.#link, keys: this.#keys, node: this.#node, now: this.#now },
      run: (name, roomId, makeArguments) => this.#track(() => this.#run(name, roomId, makeArguments)),
      offer: (entry) => this.#feed.offer(entry),
      read: (roomId, options) => this.#track(() => this.#read(roomId, options, false)),
    });
    const directory = this.#directory;
    this.rooms = {
      create: (record) => this.#track(() => directory.create(record)),
      get: (id) => this.#track(() => directory.get(id)),
      update: (record) => this.#track(() => directory.update(record)),
      list: (page) => this.#track(() => directory.list(page)),
      delete: (id) => this.#track(() => directory.delete(id)),
    };
  }

  position(roomId: string): Promise<LogPosition> {
    return this.#track(async () => {
      // Whoever subscribed before hears of everything that comes after this position.
      await this.#feed.listening(roomId);
      const fields = ['epoch', 'top', 'epochs', 'oldest', 'stored', 'resting', 'run'] as const;
      return this.#link.use(async (redis, now) => {
        const values = await redis.hmget(this.#keys.room(roomId), ...fields);
        if (isShut(values.slice(4), now)) throw roomNotOpen(roomId);
        return toPosition(roomId, values);
      });
    });
  }

  append(roomId: string, entry: NewEntry, options: AppendOptions = {}): Promise<AppendResult> {
    return this.#track(async () => {
      const { epoch: expected = '', lease, minSeq = 0 } = options;
      const json = packEntry(entry);
      checkEntryLength(json.length);
      const number = entry.cid === undefined ? null : parseCid(entry.cid);
      const client = number ? [clientField(entry.actor.participantId, number.clientId), number.n] : ['', 0];
      const ts = this.#now();
      const [outcome, ...values] = await this.#run('append', roomId, (run) => [
        ...this.#write(run, roomId, ts),
        ...[expected, minSeq, ...client, json, lease ? toToken(lease) : ''],
      ]);
      const value = Number(values[0]);
      switch (outcome) {
        case 'appended': {
          const stored = unpackEntry(roomId, { seq: value, epoch: Number(values[1]), ts, json });
          this.#feed.offer(stored);
          return { outcome, entry: stored };
        }
        case 'fenced':
          return { outcome };
        default:
          return toElsewhere(outcome, values[0]) ?? toNumberResult(outcome, values[0]);
      }
    });
  }

  skip(roomId: string, participantId: string, cid: string, options: SkipOptions = {}): Promise<SkipResult> {
    return this.#track(async () => {
      const { epoch: expected = '', minSeq = 0 } = options;
      const { clientId, n } = parseCid(cid);
      const client = [clientField(participantId, clientId), n];
      const ts = this.#now();
      const [outcome, value] = await this.#run('skip', roomId, (run) => [
        ...this.#write(run, roomId, ts),
        ...[expected, minSeq, ...client],
      ]);
      return outcome === 'skipped' ? { outcome } : (toElsewhere(outcome, value) ?? toNumberResult(outcome, value));
    });
  }

  read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    return this.#track(() => this.#read(roomId, options, true));
  }

  startEpoch(roomId: string, epoch: number): Promise<LogPosition> {
    return this.#track(async () => {
      const ts = this.#now();
      const [, ...values] = await this.#run('startEpoch', roomId, (run) => [...this.#write(run, roomId, ts), epoch]);
      const position = toPosition(roomId, values);
      const newest = await this.#newest(roomId);
      if (newest) this.#feed.offer(newest);
      return position;
    });
  }

  async redact(roomId: string, seq: number, body: LogEntry['body']): Promise<void> {
    const copy = structuredClone(body);
    const [entry] = await this.read(roomId, { from: seq, to: seq, limit: 1 });
    if (!entry) throw noSuchEntry(seq);
    return this.#track(async () => {
      const redacted = { ...entry, body: copy } as LogEntry;
      const [outcome] = await this.#run('redact', roomId, () => [seq, packRedacted(redacted)]);
      if (outcome === 'unknown') throw noSuchEntry(seq);
    });
  }

  restore(room: RestoredRoom): Promise<void> {
    return this.#track(() => this.#directory.add(room));
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    return this.#feed.subscribe(roomId, listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#pending);
    this.#feed.close();
    await this.#link.close();
  }

  /** Runs a call that `close` waits for. */
  #track<T>(call: () => Promise<T>): Promise<T> {
    if (this.#closed) return this.#link.use(() => Promise.reject(new Error('the engine was closed')));
    const running: Promise<T> = call().finally(() => this.#pending.delete(running));
    this.#pending.add(running);
    return running;
  }

  /** What every script that writes to the log is given first. */
  #write(run: string, roomId: string, ts: number): readonly (string | number)[] {
    return [run, this.#keys.feed(roomId), this.#node, ts, ACTOR];
  }

  async #run(
    name: ScriptName,
    roomId: string,
    makeArguments: (run: string) => readonly (string | number)[],
  ): Promise<readonly string[]> {
    const log = [this.#keys.room(roomId), this.#keys.log(roomId), this.#keys.clients(roomId)];
    const room = [...log, this.#keys.owner(roomId), this.#keys.kept(roomId), this.#keys.redacted(roomId)];
    const keys = [...room, this.#keys.opening(roomId), this.#keys.storing(roomId), this.#keys.stored];
    const answer = await this.#link.use((_redis: Redis, run) => this.#scripts.run(name, keys, makeArguments(run)));
    if (answer[0] === 'none') throw roomNotFound(roomId);
    if (answer[0] === 'shut') throw roomNotOpen(roomId);
    return answer;
  }

  /** @param mustBeOpen - of a Redis that came back with an older state nothing is handed on. */
  async #read(roomId: string, options: ReadOptions, mustBeOpen: boolean): Promise<readonly LogEntry[]> {
    checkReadOptions(options);
    const { from, limit, to = Number.MAX_SAFE_INTEGER } = options;
    const [rows, redacted] = await this.#link.use(async (redis, now) => {
      const found = await Promise.all([
        from > to ? [] : redis.xrange(this.#keys.log(roomId), from, to, 'COUNT', limit),
        // After the stream: an entry that is taken out in between is found here.
        from > to ? [] : redis.zrangebyscore(this.#keys.redacted(roomId), from, to, 'LIMIT', 0, limit),
        // Last of all: what was read before it is of the same state.
        redis.hmget(this.#keys.room(roomId), 'record', 'stored', 'resting', 'run'),
      ]);
      const [record, ...state] = found[2];
      if (record == null) throw roomNotFound(roomId);
      if (mustBeOpen && isShut(state, now)) throw roomNotOpen(roomId);
      return found;
    });
    const found = mergeEntries(rows.map(fromStream), redacted.map(fromRedacted), limit);
    return found.map((entry) => unpackEntry(roomId, entry));
  }

  async #newest(roomId: string): Promise<LogEntry | null> {
    const [rows, redacted] = await this.#link.use((redis) =>
      Promise.all([
        redis.xrevrange(this.#keys.log(roomId), '+', '-', 'COUNT', 1),
        redis.zrange(this.#keys.redacted(roomId), '-1', '-1'),
      ]),
    );
    const newest = mergeEntries(rows.map(fromStream), redacted.map(fromRedacted), 2).at(-1);
    return newest ? unpackEntry(roomId, newest) : null;
  }
}

/** `null` where the log is as expected. */
function toElsewhere(
  outcome: string | undefined,
  value: string | undefined,
): Extract<SkipResult, { readonly outcome: 'epoch' | 'regressed' }> | null {
  if (outcome === 'epoch') return { outcome, epoch: Number(value) };
  return outcome === 'regressed' ? { outcome, top: Number(value) } : null;
}

function toNumberResult(
  outcome: string | undefined,
  value: string | undefined,
): Extract<SkipResult, { readonly outcome: 'duplicate' | 'gap' }> {
  if (outcome === 'gap') return { outcome, expected: Number(value) };
  return { outcome: 'duplicate', seq: value === undefined || value === '' ? null : Number(value) };
}

/** Whether the store knows where the log is, and this process of Redis does not; by `stored`, `resting` and `run` of a room. */
function isShut([stored, resting, run]: readonly (string | null | undefined)[], now: string): boolean {
  return resting != null || (stored != null && run !== now);
}

function toPosition(roomId: string, values: readonly (string | null)[]): LogPosition {
  const [epoch, top, epochs, oldest] = values;
  if (epoch == null) throw roomNotFound(roomId);
  const position = { epoch: Number(epoch), top: Number(top), epochs: toEpochs(epochs ?? '') };
  return Number(oldest) > 1 ? { ...position, oldest: Number(oldest) } : position;
}
