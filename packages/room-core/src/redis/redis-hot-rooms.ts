import type { LogEntry } from '@colloquy/live-protocol';
import type { HotLook, HotRooms } from '../ports/hot-rooms.ts';
import type { ClientNumber, ReadOptions, RestoredRoom, RoomRecord } from '../ports/room-engine.ts';
import { toEpochs } from './epochs.ts';
import type { RedisKeys } from './keys.ts';
import { packLog } from './redis-directory.ts';
import type { RedisLink } from './redis-link.ts';
import type { HotScriptName } from './redis-scripts.ts';

/** What {@link RedisHotRooms} are made of. */
export interface RedisHotRoomsOptions {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  /** Name of this writer on the feed. */
  readonly node: string;
  readonly now: () => number;
  /** Runs a script of a room; `ERR_ROOM_NOT_FOUND` where it is not there. */
  readonly run: (
    name: HotScriptName,
    roomId: string,
    makeArguments: (run: string) => readonly (string | number)[],
  ) => Promise<readonly string[]>;
  /** Of a room in whatever state. */
  readonly read: HotRooms['read'];
  /** An entry of a room, for whoever listens here. */
  readonly offer: (entry: LogEntry) => void;
}

/** Rooms in Redis that a store stands behind. */
export class RedisHotRooms implements HotRooms {
  readonly #options: RedisHotRoomsOptions;

  constructor(options: RedisHotRoomsOptions) {
    this.#options = options;
  }

  async look(roomId: string): Promise<HotLook> {
    const answer = await this.#options.run('look', roomId, (run) => [run]);
    const [state = '', run = '', stored, epoch, top, oldest, resting = '', touchedAt, starts = ''] = answer;
    if (state !== 'open' && state !== 'resting' && state !== 'changed') return { room: null, run };
    const numbers = { epoch: Number(epoch), top: Number(top), oldest: Number(oldest), touchedAt: Number(touchedAt) };
    const rest = { resting: resting === '' ? null : resting, epochs: toEpochs(starts) };
    return { run, room: { state, isStored: stored === '1', ...numbers, ...rest } };
  }

  read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    return this.#options.read(roomId, options);
  }

  async lock(roomId: string, token: string, ttlMs: number): Promise<boolean> {
    const { keys, link } = this.#options;
    return (await link.use((redis) => redis.set(keys.opening(roomId), token, 'PX', ttlMs, 'NX'))) === 'OK';
  }

  async hold(roomId: string, token: string, ttlMs: number): Promise<boolean> {
    return (await this.#options.run('hold', roomId, () => [token, ttlMs]))[0] === 'held';
  }

  async unlock(roomId: string, token: string): Promise<void> {
    await this.#options.run('leave', roomId, () => [token]);
  }

  async install(
    room: RestoredRoom,
    { token, run, tell }: { readonly token: string; readonly run: string; readonly tell: boolean },
  ): Promise<boolean> {
    const { keys, node, now } = this.#options;
    const { record, entries } = room;
    const { id, createdAt, version } = record;
    const json = JSON.stringify(record);
    const log = packLog(room);
    const [outcome] = await this.#options.run('install', id, (current) => [
      ...[token, run, current, tell ? keys.feed(id) : '', node, now(), json, version, createdAt],
      ...log,
    ]);
    const newest = entries.at(-1);
    if (outcome === 'installed' && tell && newest) this.#options.offer(newest);
    return outcome === 'installed';
  }

  async adopt(roomId: string): Promise<void> {
    await this.#options.run('adopt', roomId, () => []);
  }

  async rest(
    roomId: string,
    { token, epoch, top }: { readonly token: string; readonly epoch: number; readonly top: number },
  ): Promise<boolean> {
    const [outcome] = await this.#options.run('rest', roomId, (run) => [run, token, epoch, top]);
    return outcome === 'resting';
  }

  async wake(roomId: string, token: string): Promise<boolean> {
    return (await this.#options.run('wake', roomId, () => [token]))[0] === 'awake';
  }

  async unload(roomId: string, token: string): Promise<boolean> {
    return (await this.#options.run('unload', roomId, () => [token]))[0] === 'unloaded';
  }

  async erase(roomId: string): Promise<void> {
    await this.#options.run('erase', roomId, () => []);
  }

  async doubt(roomId: string, epoch: number): Promise<void> {
    await this.#options.run('doubt', roomId, () => [epoch]);
  }

  async record(record: RoomRecord): Promise<void> {
    await this.#options.run('record', record.id, () => [record.version, JSON.stringify(record)]);
  }

  async clients(roomId: string): ReturnType<HotRooms['clients']> {
    const [top, epoch, ...fields] = await this.#options.run('table', roomId, () => []);
    const clients: ClientNumber[] = [];
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const [participantId = '', clientId = ''] = JSON.parse(fields[at] ?? '[]') as string[];
      const [n, , ts] = (fields[at + 1] ?? '').split(':');
      clients.push({ participantId, clientId, n: Number(n), ts: Number(ts) });
    }
    return { top: Number(top), epoch: Number(epoch), clients: clients.sort((one, other) => one.ts - other.ts) };
  }

  async storeTurn(roomId: string, serverId: string, ttlMs: number): Promise<boolean> {
    return (await this.#options.run('storeTurn', roomId, () => [serverId, ttlMs]))[0] === 'ours';
  }

  async leave(roomId: string, serverId: string): Promise<void> {
    await this.#options.run('leave', roomId, () => [serverId]);
  }

  async *list(): AsyncIterable<string> {
    const { keys, link } = this.#options;
    let cursor = '0';
    do {
      const [next, found] = await link.use((redis) => redis.sscan(keys.stored, cursor, 'COUNT', 200));
      yield* found;
      cursor = next;
    } while (cursor !== '0');
  }
}
