import type { Redis } from 'ioredis';
import { checkListOptions, roomNotFound } from '../engine/checks.ts';
import { type DirectoryPosition, fromCursor, toCursor } from '../engine/directory-cursor.ts';
import { RoomCoreError } from '../errors.ts';
import type { ListRoomsOptions, RestoredRoom, RoomDirectory, RoomPage, RoomRecord } from '../ports/room-engine.ts';
import { fromEpochs } from './epochs.ts';
import type { RedisKeys } from './keys.ts';
import { packEntry } from './packed-entry.ts';
import type { RedisLink } from './redis-link.ts';

/** Runs a script of a room; `ERR_ROOM_NOT_FOUND` where it is not there. */
export type RunScript = (
  name: 'create' | 'update' | 'delete',
  roomId: string,
  makeArguments: (run: string) => readonly (string | number)[],
) => Promise<readonly string[]>;

/** What a {@link RedisDirectory} is made of. */
export interface RedisDirectoryOptions {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly run: RunScript;
}

const DIGITS = 16;
const LIST_ROOMS = 200;

/**
 * The directory of rooms: the hash of a room is what it is, the index only says where to look. A room is entered in the
 * index before it is made and taken out after it is gone, so none is ever missing from a list.
 */
export class RedisDirectory implements RoomDirectory {
  readonly #link: RedisLink;
  readonly #keys: RedisKeys;
  readonly #run: RunScript;

  constructor({ link, keys, run }: RedisDirectoryOptions) {
    this.#link = link;
    this.#keys = keys;
    this.#run = run;
  }

  create(record: RoomRecord): Promise<void> {
    return this.add({ record, epochs: [{ epoch: 1, firstSeq: 1 }], top: 0, entries: [], clients: [] });
  }

  /** Creates a room that may have a log already. @throws RoomCoreError `ERR_ROOM_EXISTS`, `ERR_STORE_UNAVAILABLE` */
  async add(room: RestoredRoom): Promise<void> {
    const { record } = room;
    const json = JSON.stringify(record);
    const { id, createdAt, version } = record;
    const log = packLog(room);
    const ordinal = await this.#link.use((redis) => redis.incr(this.#keys.ordinal));
    const member = indexMember({ createdAt, ordinal }, id);
    await this.#link.use((redis) => redis.zadd(this.#keys.index, 0, member));
    const [outcome] = await this.#run('create', id, (run) => [...[run, json, version, ordinal, createdAt, ...log]]);
    if (outcome === 'created') return;
    await this.#link.use((redis) => redis.zrem(this.#keys.index, member));
    throw new RoomCoreError('ERR_ROOM_EXISTS', `A room ${JSON.stringify(id)} exists; take another id.`);
  }

  async get(id: string): Promise<RoomRecord | null> {
    const json = await this.#link.use((redis) => redis.hget(this.#keys.room(id), 'record'));
    return json === null ? null : (JSON.parse(json) as RoomRecord);
  }

  async update(record: RoomRecord): Promise<void> {
    const json = JSON.stringify(record);
    const [outcome, version] = await this.#run('update', record.id, () => [record.version, json]);
    if (outcome !== 'conflict') return;
    throw new RoomCoreError(
      'ERR_ROOM_CONFLICT',
      `Room ${JSON.stringify(record.id)} is at version ${version}, the update is for version ${record.version}; ` +
        'read the room again and repeat the change.',
    );
  }

  async delete(id: string): Promise<void> {
    const room = this.#keys.room(id);
    const [ordinal, json] = await this.#link.use((redis) => redis.hmget(room, 'ordinal', 'record'));
    if (ordinal == null || json == null) throw roomNotFound(id);
    await this.#run('delete', id, () => []);
    const { createdAt } = JSON.parse(json) as RoomRecord;
    const member = indexMember({ createdAt, ordinal: Number(ordinal) }, id);
    await this.#link.use((redis) => redis.zrem(this.#keys.index, member));
  }

  async list(options: ListRoomsOptions): Promise<RoomPage> {
    checkListOptions(options);
    const { limit, cursor } = options;
    const rooms: { readonly record: RoomRecord; readonly at: DirectoryPosition }[] = [];
    let below = cursor === undefined ? '+' : `(${indexPrefix(fromCursor(cursor))}`;
    for (;;) {
      const { members, found } = await this.#link.use((redis) => this.#page(redis, below, options));
      for (const room of found) {
        if (rooms.length < limit) rooms.push(room);
        // One more than asked shows that there is a next page.
        else return toPage(rooms, true);
      }
      const last = members.at(-1);
      if (last === undefined || members.length < LIST_ROOMS) return toPage(rooms, false);
      below = `(${last}`;
    }
  }

  async #page(redis: Redis, below: string, { status, idleSince }: ListRoomsOptions) {
    const members = await redis.zrange(this.#keys.index, below, '-', 'BYLEX', 'REV', 'LIMIT', 0, LIST_ROOMS);
    const rows = await Promise.all(
      members.map((member) => redis.hmget(this.#keys.room(idOf(member)), 'record', 'ordinal', 'touched')),
    );
    const found = rows.flatMap(([json, ordinal, touched], index) => {
      // A room that was never made, was deleted, or has another place: made by whoever was first.
      if (json == null || Number(ordinal) !== ordinalOf(members[index] ?? '')) return [];
      const record = JSON.parse(json) as RoomRecord;
      if (status !== undefined && record.status !== status) return [];
      if (idleSince !== undefined && Number(touched) >= idleSince) return [];
      return [{ record, at: { createdAt: record.createdAt, ordinal: Number(ordinal) } }];
    });
    return { members, found };
  }
}

/** The field of a client among the clients of a room. */
export function clientField(participantId: string, clientId: string): string {
  return JSON.stringify([participantId, clientId]);
}

/** The log of a room, as the scripts take it: its epochs, its end, its entries and its clients. */
export function packLog({ epochs, top, entries, clients }: RestoredRoom): readonly (string | number)[] {
  return [
    ...[fromEpochs(epochs), epochs.at(-1)?.epoch ?? 1, top, entries.length],
    ...entries.flatMap(({ seq, epoch, ts, ...entry }) => [seq, epoch, ts, packEntry(entry)]),
    ...clients.flatMap(({ participantId, clientId, n, ts }) => [clientField(participantId, clientId), `${n}::${ts}`]),
  ];
}

function toPage(
  rooms: readonly { readonly record: RoomRecord; readonly at: DirectoryPosition }[],
  more: boolean,
): RoomPage {
  const last = rooms.at(-1);
  return { rooms: rooms.map(({ record }) => record), cursor: more && last ? toCursor(last.at) : null };
}

/** Members of the index sort by time of creation, then by the order of creation. */
function indexPrefix({ createdAt, ordinal }: DirectoryPosition): string {
  return `${String(createdAt).padStart(DIGITS, '0')}-${String(ordinal).padStart(DIGITS, '0')}-`;
}

function indexMember(position: DirectoryPosition, roomId: string): string {
  return indexPrefix(position) + roomId;
}

function idOf(member: string): string {
  return member.slice(2 * (DIGITS + 1));
}

function ordinalOf(member: string): number {
  return Number(member.slice(DIGITS + 1, 2 * DIGITS + 1));
}
