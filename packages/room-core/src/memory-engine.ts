import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { roomActor } from './actors.ts';
import { checkEntryLength, checkListOptions, checkReadOptions, noSuchEntry, roomNotFound } from './engine/checks.ts';
import { judgeNumber, parseCid } from './engine/client-number.ts';
import { fromCursor, toCursor } from './engine/directory-cursor.ts';
import { EntryFanout } from './engine/entry-fanout.ts';
import { judgeExpectation } from './engine/expectation.ts';
import { RoomCoreError } from './errors.ts';
import type {
  AppendOptions,
  AppendResult,
  EpochStart,
  ListRoomsOptions,
  LogPosition,
  ReadOptions,
  RestoredRoom,
  RoomDirectory,
  RoomEngine,
  RoomPage,
  RoomRecord,
  SkipOptions,
  SkipResult,
} from './ports/room-engine.ts';

/** Options of {@link memoryEngine}. */
export interface MemoryEngineOptions {
  /** Milliseconds since the Unix epoch, for the time of entries. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** Rooms in memory: for tests and trials. Everything is gone with the process. */
export function memoryEngine(options: MemoryEngineOptions = {}): RoomEngine {
  return new MemoryEngine(options.now ?? (() => Date.now()));
}

interface StoredRoom {
  record: RoomRecord;
  readonly ordinal: number;
  /** From number `before + 1` on. */
  readonly entries: LogEntry[];
  /** Entries that lie elsewhere. */
  readonly before: number;
  readonly epochs: EpochStart[];
  touchedAt: number;
  /** Last number of each client. */
  readonly numbers: Map<string, number>;
}

class MemoryEngine implements RoomEngine {
  readonly rooms: RoomDirectory = {
    create: async (record) => this.#create(record),
    get: async (id) => this.#open().get(id)?.record ?? null,
    update: async (record) => this.#update(record),
    list: async (options) => this.#list(options),
    delete: async (id) => this.#delete(id),
  };
  readonly #now: () => number;
  readonly #fanout = new EntryFanout();
  readonly #stored = new Map<string, StoredRoom>();
  readonly #deleted = new Set<string>();
  #created = 0;
  #closed = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  async position(roomId: string): Promise<LogPosition> {
    return positionOf(this.#room(roomId));
  }

  async append(roomId: string, entry: NewEntry, options: AppendOptions = {}): Promise<AppendResult> {
    const room = this.#room(roomId);
    const json = JSON.stringify(entry);
    checkEntryLength(json.length);
    const refused = judgeExpectation(options, positionOf(room));
    if (refused) return refused;
    if (entry.cid !== undefined) {
      const judged = this.#judge(room, entry.actor.participantId, entry.cid);
      if (judged.outcome !== 'next') return judged;
    }
    // What is stored is a copy, as in every other engine: the caller's object stays the caller's.
    return { outcome: 'appended', entry: this.#store(room, JSON.parse(json) as NewEntry) };
  }

  async startEpoch(roomId: string, epoch: number): Promise<LogPosition> {
    const room = this.#room(roomId);
    const position = positionOf(room);
    if (position.epoch !== epoch) return position;
    const next = { epoch: epoch + 1, firstSeq: position.top + 1 };
    room.epochs.push(next);
    const body = { epoch: next.epoch, after: position.top };
    this.#store(room, { kind: 'log.discontinuity', actor: roomActor, body });
    return positionOf(room);
  }

  async skip(roomId: string, participantId: string, cid: string, options: SkipOptions = {}): Promise<SkipResult> {
    const room = this.#room(roomId);
    const refused = judgeExpectation(options, positionOf(room));
    if (refused) return refused;
    const judged = this.#judge(room, participantId, cid);
    return judged.outcome === 'next' ? { outcome: 'skipped' } : judged;
  }

  async read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    checkReadOptions(options);
    const { before, entries } = this.#room(roomId);
    const first = Math.max(0, options.from - 1 - before);
    const end = Math.min((options.to ?? Number.MAX_SAFE_INTEGER) - before, first + options.limit);
    return entries.slice(first, Math.max(first, end));
  }

  async redact(roomId: string, seq: number, body: LogEntry['body']): Promise<void> {
    const { before, entries } = this.#room(roomId);
    const entry = entries[seq - 1 - before];
    if (!entry) throw noSuchEntry(seq);
    entries[seq - 1 - before] = { ...entry, body: structuredClone(body) } as LogEntry;
  }

  async restore({ record, epochs, top, entries, clients }: RestoredRoom): Promise<void> {
    this.#add(record, {
      entries: structuredClone([...entries]),
      before: top - entries.length,
      epochs: structuredClone([...epochs]),
      numbers: new Map(clients.map(({ participantId, clientId, n }) => [clientKey(participantId, clientId), n])),
      touchedAt: entries.at(-1)?.ts ?? record.createdAt,
    });
  }

  async unload(roomId: string): Promise<void> {
    this.#open().delete(roomId);
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    return this.#fanout.subscribe(roomId, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#fanout.clear();
    this.#stored.clear();
  }

  #store(room: StoredRoom, entry: NewEntry): LogEntry {
    const ts = this.#now();
    const { epoch, top } = positionOf(room);
    const stored = { room: room.record.id, epoch, seq: top + 1, ts, ...entry } as LogEntry;
    room.entries.push(stored);
    room.touchedAt = ts;
    this.#fanout.publish(stored);
    return stored;
  }

  /** Takes the number if it is the next one. */
  #judge(room: StoredRoom, participantId: string, cid: string): { readonly outcome: 'next' } | NotNext {
    const { clientId, n } = parseCid(cid);
    const client = clientKey(participantId, clientId);
    const judged = judgeNumber(room.numbers.get(client) ?? null, n);
    if (judged.outcome === 'gap') return judged;
    if (judged.outcome === 'duplicate') {
      const known = room.entries.findLast((entry) => entry.cid === cid && entry.actor.participantId === participantId);
      return { outcome: 'duplicate', seq: known?.seq ?? null };
    }
    room.numbers.set(client, n);
    return { outcome: 'next' };
  }

  #create(record: RoomRecord): void {
    const epochs = [{ epoch: 1, firstSeq: 1 }];
    this.#add(record, { entries: [], before: 0, epochs, numbers: new Map(), touchedAt: record.createdAt });
  }

  #add(record: RoomRecord, log: Omit<StoredRoom, 'record' | 'ordinal'>): void {
    const stored = this.#open();
    if (stored.has(record.id) || this.#deleted.has(record.id)) {
      throw new RoomCoreError('ERR_ROOM_EXISTS', `A room ${JSON.stringify(record.id)} exists; take another id.`);
    }
    this.#created += 1;
    stored.set(record.id, { ...log, record: structuredClone(record), ordinal: this.#created });
  }

  #update(record: RoomRecord): void {
    const room = this.#room(record.id);
    if (room.record.version !== record.version - 1) {
      throw new RoomCoreError(
        'ERR_ROOM_CONFLICT',
        `Room ${JSON.stringify(record.id)} is at version ${room.record.version}, the update is for version ` +
          `${record.version}; read the room again and repeat the change.`,
      );
    }
    room.record = structuredClone(record);
  }

  #delete(id: string): void {
    this.#room(id);
    this.#open().delete(id);
    this.#deleted.add(id);
  }

  #list(options: ListRoomsOptions): RoomPage {
    checkListOptions(options);
    const after = options.cursor === undefined ? null : fromCursor(options.cursor);
    const newestFirst = [...this.#open().values()]
      .filter(({ record }) => options.status === undefined || record.status === options.status)
      .filter(({ touchedAt }) => options.idleSince === undefined || touchedAt < options.idleSince)
      .map(({ record, ordinal }) => ({ record, createdAt: record.createdAt, ordinal }))
      .sort((a, b) => b.createdAt - a.createdAt || b.ordinal - a.ordinal)
      .filter(
        (room) =>
          !after ||
          room.createdAt < after.createdAt ||
          (room.createdAt === after.createdAt && room.ordinal < after.ordinal),
      );
    const page = newestFirst.slice(0, options.limit);
    const last = page.at(-1);
    return {
      rooms: page.map(({ record }) => record),
      cursor: last && newestFirst.length > page.length ? toCursor(last) : null,
    };
  }

  #room(roomId: string): StoredRoom {
    const room = this.#open().get(roomId);
    if (!room) throw roomNotFound(roomId);
    return room;
  }

  #open(): Map<string, StoredRoom> {
    if (this.#closed) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The memory engine was closed.');
    return this.#stored;
  }
}

function positionOf({ before, entries, epochs }: StoredRoom): LogPosition {
  const position = { epoch: epochs.at(-1)?.epoch ?? 1, top: before + entries.length, epochs: [...epochs] };
  return before > 0 ? { ...position, oldest: before + 1 } : position;
}

function clientKey(participantId: string, clientId: string): string {
  return JSON.stringify([participantId, clientId]);
}

type NotNext = Extract<SkipResult, { readonly outcome: 'duplicate' | 'gap' }>;
