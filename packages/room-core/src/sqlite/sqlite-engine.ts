import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { roomActor } from '../actors.ts';
import { checkEntryLength, checkListOptions, checkReadOptions, checkSearchOptions } from '../engine/checks.ts';
import { parseCid } from '../engine/client-number.ts';
import { fromCursor, toCursor } from '../engine/directory-cursor.ts';
import { EntryFanout } from '../engine/entry-fanout.ts';
import type {
  AppendOptions,
  AppendResult,
  ListRoomsOptions,
  LogPosition,
  ReadOptions,
  RestoredRoom,
  RoomDirectory,
  RoomEngine,
  RoomPage,
  RoomRecord,
  SearchEntriesOptions,
  SkipOptions,
  SkipResult,
} from '../ports/room-engine.ts';
import type { EntryRow, NumberedClient, StoreAnswers, StoreRequest } from './requests.ts';
import type { StoreWorker } from './store-worker.ts';

/** What the engine's worker is asked, and answers. */
export interface EngineAsking {
  readonly request: StoreRequest;
  readonly answers: StoreAnswers;
}

/** What the engine is made of. */
export interface SqliteEngineParts {
  readonly worker: StoreWorker<EngineAsking>;
  readonly now: () => number;
  /** Frees the directory. */
  readonly unlock: () => void;
}

/** The engine port over the database worker. */
export class SqliteEngine implements RoomEngine {
  readonly rooms: RoomDirectory = {
    create: (record) => this.#create(record),
    get: (id) => this.#get(id),
    update: (record) => this.#update(record),
    list: (options) => this.#list(options),
    delete: (id) => this.#delete(id),
  };
  readonly #parts: SqliteEngineParts;
  readonly #fanout = new EntryFanout();
  #closed: Promise<void> | null = null;

  constructor(parts: SqliteEngineParts) {
    this.#parts = parts;
    // Rooms that were being deleted when the process ended.
    this.#purge().catch(() => {});
  }

  position(roomId: string): Promise<LogPosition> {
    return this.#parts.worker.ask<'position'>({ op: 'position', roomId });
  }

  async append(roomId: string, entry: NewEntry, options: AppendOptions = {}): Promise<AppendResult> {
    const ts = this.#parts.now();
    const client = entry.cid === undefined ? null : numberedClient(entry.actor.participantId, entry.cid);
    const actor = JSON.stringify(entry.actor);
    const body = JSON.stringify(entry.body);
    const length = actor.length + body.length;
    checkEntryLength(length);
    const { kind } = entry;
    const cid = entry.cid ?? null;
    let stored: AppendResult | null = null;
    const result = await this.#parts.worker.ask<'append'>(
      { op: 'append', roomId, expected: options, ts, kind, client, actor, body },
      {
        length,
        // Also when the disk was so slow that whoever wrote it has been told to try again: it is there.
        answered: (answer) => {
          if (answer.outcome !== 'appended') return;
          const { seq, epoch } = answer;
          stored = { outcome: 'appended', entry: toEntry(roomId, { seq, epoch, ts, kind, cid, actor, body }) };
          this.#fanout.publish(stored.entry);
        },
      },
    );
    return result.outcome === 'appended' ? (stored as unknown as AppendResult) : result;
  }

  async skip(roomId: string, participantId: string, cid: string, options: SkipOptions = {}): Promise<SkipResult> {
    const client = numberedClient(participantId, cid);
    return this.#parts.worker.ask<'skip'>({ op: 'skip', roomId, expected: options, client });
  }

  async redact(roomId: string, seq: number, body: LogEntry['body']): Promise<void> {
    const json = JSON.stringify(body);
    await this.#parts.worker.ask<'redact'>({ op: 'redact', roomId, seq, body: json }, { length: json.length });
  }

  async restore({ record, epochs, top, entries, clients }: RestoredRoom): Promise<void> {
    const rows = entries.map(toRow);
    const length = rows.reduce((sum, row) => sum + row.actor.length + row.body.length, 0);
    const { id, status, createdAt, version } = record;
    const room = { id, status, createdAt, version, record: JSON.stringify(record) };
    await this.#parts.worker.ask<'restore'>(
      { op: 'restore', ...room, epochs, top, entries: rows, clients },
      { length },
    );
  }

  async read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    checkReadOptions(options);
    const { from, limit, to = Number.MAX_SAFE_INTEGER } = options;
    const rows = await this.#parts.worker.ask<'read'>({ op: 'read', roomId, from, to, limit });
    return rows.map((row) => toEntry(roomId, row));
  }

  async startEpoch(roomId: string, epoch: number): Promise<LogPosition> {
    const request = { roomId, epoch, ts: this.#parts.now(), actor: JSON.stringify(roomActor) };
    const { position } = await this.#parts.worker.ask<'startEpoch'>(
      { op: 'startEpoch', ...request },
      { answered: ({ entry }) => entry && this.#fanout.publish(toEntry(roomId, entry)) },
    );
    return position;
  }

  async search(roomId: string, options: SearchEntriesOptions): Promise<readonly LogEntry[]> {
    checkSearchOptions(options);
    const { words, limit, before = Number.MAX_SAFE_INTEGER } = options;
    // Piece by piece: what others write meanwhile does not wait for all of it.
    while (await this.#parts.worker.ask<'index'>({ op: 'index', roomId }));
    const rows = await this.#parts.worker.ask<'search'>({ op: 'search', roomId, words, before, limit });
    return rows.map((row) => toEntry(roomId, row));
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    return this.#fanout.subscribe(roomId, listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#parts.worker.close();
    this.#fanout.clear();
    this.#parts.unlock();
  }

  async #create(record: RoomRecord): Promise<void> {
    const { id, status, createdAt, version } = record;
    const json = JSON.stringify(record);
    await this.#parts.worker.ask<'create'>(
      { op: 'create', id, status, createdAt, version, record: json },
      { length: json.length },
    );
  }

  async #get(id: string): Promise<RoomRecord | null> {
    const record = await this.#parts.worker.ask<'get'>({ op: 'get', id });
    return record === null ? null : (JSON.parse(record) as RoomRecord);
  }

  async #update(record: RoomRecord): Promise<void> {
    const { id, status, version } = record;
    const json = JSON.stringify(record);
    await this.#parts.worker.ask<'update'>(
      { op: 'update', id, status, version, record: json },
      { length: json.length },
    );
  }

  async unload(roomId: string): Promise<void> {
    await this.#parts.worker.ask<'forget'>({ op: 'forget', id: roomId });
    await this.#purge();
  }

  async #delete(id: string): Promise<void> {
    await this.#parts.worker.ask<'delete'>({ op: 'delete', id });
    await this.#purge();
  }

  /** One piece after the other; what others ask meanwhile comes between. */
  async #purge(): Promise<void> {
    while (await this.#parts.worker.ask<'purge'>({ op: 'purge' }));
  }

  async #list(options: ListRoomsOptions): Promise<RoomPage> {
    checkListOptions(options);
    const after = options.cursor === undefined ? null : fromCursor(options.cursor);
    // One more than asked shows whether there is a next page.
    const limit = options.limit + 1;
    const rows = await this.#parts.worker.ask<'list'>({
      ...{ op: 'list', status: options.status ?? null, limit, after },
      idleSince: options.idleSince ?? null,
    });
    const page = rows.slice(0, options.limit);
    const last = page.at(-1);
    return {
      rooms: page.map(({ record }) => JSON.parse(record) as RoomRecord),
      cursor: last && rows.length > page.length ? toCursor(last) : null,
    };
  }
}

function numberedClient(participantId: string, cid: string): NumberedClient {
  return { participantId, ...parseCid(cid) };
}

function toRow({ seq, epoch, ts, kind, cid, actor, body }: LogEntry): EntryRow {
  return { seq, epoch, ts, kind, cid: cid ?? null, actor: JSON.stringify(actor), body: JSON.stringify(body) };
}

function toEntry(room: string, row: EntryRow): LogEntry {
  const { epoch, seq, ts, kind, cid } = row;
  const entry = { room, epoch, seq, ts, kind, actor: JSON.parse(row.actor), body: JSON.parse(row.body) };
  return (cid === null ? entry : { ...entry, cid }) as LogEntry;
}
