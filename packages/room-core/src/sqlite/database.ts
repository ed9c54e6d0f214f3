import { DatabaseSync } from 'node:sqlite';
import { noSuchEntry, roomNotFound } from '../engine/checks.ts';
import { judgeNumber } from '../engine/client-number.ts';
import { judgeExpectation } from '../engine/expectation.ts';
import { RoomCoreError } from '../errors.ts';
import type { LogPosition } from '../ports/room-engine.ts';
import { fileAt } from './file-at.ts';
import { inOneTransaction, rollBack, type Transacting } from './in-one-transaction.ts';
import { PreparedStatements } from './prepared-statements.ts';
import type { EntryRow, NumberedClient, RequestOf, RoomRow, StoreAnswers, StoreRequest } from './requests.ts';
import { prepareDatabase } from './schema.ts';
import { WordIndex } from './word-index.ts';
import type { StoreOutcome } from './worker-wire.ts';

/** The status of a room that was deleted: it stands for its id, which is never given again. */
const DELETED = 'deleted';
/** Most entries that one request frees, so that appends do not wait long. */
const PURGED_ENTRIES = 2_000;
/** Entries that are put into the index of words at once: appends wait so long, some milliseconds. */
const INDEXED_ENTRIES = 200;

/** The tables behind the engine, synchronous: one thread owns it. */
export class RoomDatabase {
  readonly #database: DatabaseSync;
  readonly #words: WordIndex;
  readonly #statements: PreparedStatements;
  readonly #transacting: Transacting<StoreRequest>;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    prepareDatabase(this.#database, path);
    this.#statements = new PreparedStatements(this.#database);
    this.#words = new WordIndex(this.#statements);
    this.#transacting = {
      database: this.#database,
      path,
      file: fileAt(path),
      answer: (request) => this.#answer(request),
      onRolledBack: () => this.#words.reset(),
    };
  }

  /** Does all requests in one transaction, in order. A refused request changes nothing; the others still count. */
  execute(requests: readonly StoreRequest[]): StoreOutcome[] {
    return inOneTransaction(this.#transacting, requests);
  }

  /** Entries that cannot be found by their words yet without further work. */
  get unindexed(): number {
    return this.#words.backlog;
  }

  /** Puts some entries into the index of words. What cannot be done now is done when it is needed. */
  index(): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#words.advance(INDEXED_ENTRIES);
      this.#database.exec('COMMIT');
    } catch {
      rollBack(this.#database);
      this.#words.reset();
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #answer(request: StoreRequest): StoreAnswers[StoreRequest['op']] {
    switch (request.op) {
      case 'append':
        return this.#append(request);
      case 'skip':
        return this.#skip(request);
      case 'position':
        return this.#position(request.roomId);
      case 'read':
        return this.#read(request);
      case 'startEpoch':
        return this.#startEpoch(request);
      case 'redact':
        return this.#redact(request);
      case 'index':
        return this.#words.advance(INDEXED_ENTRIES, this.#room(request.roomId).room);
      case 'search':
        return this.#search(request);
      case 'delete':
        return this.#delete(request);
      case 'forget':
        return this.#forget(request);
      case 'purge':
        return this.#purge();
      case 'create':
        return this.#create(request);
      case 'restore':
        return this.#restore(request);
      case 'update':
        return this.#update(request);
      case 'get':
        return this.#get(request);
      case 'list':
        return this.#list(request);
      default:
        request satisfies never;
        throw new TypeError('unknown request');
    }
  }

  #append(request: RequestOf<'append'>): StoreAnswers['append'] {
    const { room, epoch, top } = this.#room(request.roomId);
    const refused = judgeExpectation(request.expected, { epoch, top });
    if (refused) return refused;
    const seq = top + 1;
    const { client } = request;
    const judged = client ? this.#judge(room, client, seq) : null;
    if (judged && judged.outcome !== 'next') return judged;
    const cid = client ? `${client.clientId}:${client.n}` : null;
    const { ts, kind, actor, body } = request;
    this.#store(room, { seq, epoch, ts, kind, cid, actor, body });
    return { outcome: 'appended', epoch, seq };
  }

  #store(room: number, { seq, epoch, ts, kind, cid, actor, body }: EntryRow): void {
    this.#run(
      'INSERT INTO entries (room, seq, epoch, ts, kind, cid, actor, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ...[room, seq, epoch, ts, kind, cid, actor, body],
    );
    this.#run('UPDATE rooms SET top = ?, touched_at = ? WHERE ordinal = ?', seq, ts, room);
    this.#words.appended(room);
  }

  #redact({ roomId, seq, body }: RequestOf<'redact'>): null {
    const { room } = this.#room(roomId);
    const changed = this.#run('UPDATE entries SET body = ? WHERE room = ? AND seq = ?', body, room, seq);
    if (changed === 0) throw noSuchEntry(seq);
    this.#words.remove(room, seq, seq);
    return null;
  }

  #startEpoch({ roomId, epoch: known, ts, actor }: RequestOf<'startEpoch'>): StoreAnswers['startEpoch'] {
    const { room, epoch, top } = this.#room(roomId);
    if (epoch !== known) return { position: this.#position(roomId), entry: null };
    const next = epoch + 1;
    const seq = top + 1;
    this.#run('INSERT INTO epochs (room, epoch, first_seq) VALUES (?, ?, ?)', room, next, seq);
    this.#run('UPDATE rooms SET epoch = ? WHERE ordinal = ?', next, room);
    const body = JSON.stringify({ epoch: next, after: top });
    const entry = { seq, epoch: next, ts, kind: 'log.discontinuity', cid: null, actor, body };
    this.#store(room, entry);
    return { position: this.#position(roomId), entry };
  }

  #skip(request: RequestOf<'skip'>): StoreAnswers['skip'] {
    const { room, epoch, top } = this.#room(request.roomId);
    const refused = judgeExpectation(request.expected, { epoch, top });
    if (refused) return refused;
    const judged = this.#judge(room, request.client, null);
    return judged.outcome === 'next' ? { outcome: 'skipped' } : judged;
  }

  /** Takes the number if it is the next one; `seq` is where its entry goes. */
  #judge(
    room: number,
    client: NumberedClient,
    seq: number | null,
  ): { readonly outcome: 'next' } | Extract<StoreAnswers['skip'], { readonly outcome: 'duplicate' | 'gap' }> {
    const { participantId, clientId, n } = client;
    const key = [room, participantId, clientId] as const;
    const known = this.#row('SELECT n, seq FROM clients WHERE room = ? AND participant = ? AND client = ?', ...key);
    const last = known ? Number(known.n) : null;
    const judged = judgeNumber(last, n);
    if (judged.outcome === 'gap') return judged;
    if (judged.outcome === 'duplicate') {
      // Of older numbers the place is not kept: a client repeats what it sent last.
      const at = n === last ? known?.seq : null;
      return { outcome: 'duplicate', seq: at == null ? null : Number(at) };
    }
    this.#run(
      'INSERT INTO clients (room, participant, client, n, seq) VALUES (?, ?, ?, ?, ?) ' +
        'ON CONFLICT DO UPDATE SET n = excluded.n, seq = excluded.seq',
      ...[...key, n, seq],
    );
    return { outcome: 'next' };
  }

  #position(roomId: string): LogPosition {
    const { room, epoch, top, oldest } = this.#room(roomId);
    const later = this.#statements.of('SELECT epoch, first_seq AS firstSeq FROM epochs WHERE room = ? ORDER BY epoch');
    const epochs = [
      { epoch: 1, firstSeq: 1 },
      ...(epoch > 1 ? (later.all(room) as unknown as LogPosition['epochs']) : []),
    ];
    return { epoch, top, epochs, ...(oldest > 1 && { oldest }) };
  }

  #search({ roomId, ...wanted }: RequestOf<'search'>): readonly EntryRow[] {
    return this.#words.find(this.#room(roomId).room, wanted);
  }

  #get({ id }: RequestOf<'get'>): string | null {
    const row = this.#row('SELECT record FROM rooms WHERE id = ? AND status <> ?', id, DELETED);
    return (row?.record as string | undefined) ?? null;
  }

  #delete({ id }: RequestOf<'delete'>): null {
    const { room } = this.#room(id);
    // Names and instructions go at once; the log is freed piece by piece.
    this.#run("UPDATE rooms SET status = ?, record = '', version = 0 WHERE ordinal = ?", DELETED, room);
    return null;
  }

  #forget({ id }: RequestOf<'forget'>): null {
    const known = this.#row('SELECT ordinal FROM rooms WHERE id = ? AND status <> ?', id, DELETED);
    if (!known) return null;
    const room = Number(known.ordinal);
    this.#delete({ op: 'delete', id });
    // No room has an id with a slash: this one may come back under its own.
    this.#run('UPDATE rooms SET id = ? WHERE ordinal = ?', `forgotten/${room}`, room);
    return null;
  }

  #purge(): boolean {
    const next = this.#row('SELECT ordinal, top FROM rooms WHERE status = ? AND top > 0 LIMIT 1', DELETED);
    if (!next) return false;
    const room = Number(next.ordinal);
    const top = Number(next.top);
    const kept = Math.max(0, top - PURGED_ENTRIES);
    this.#words.remove(room, kept + 1, top);
    this.#run('DELETE FROM entries WHERE room = ? AND seq > ?', room, kept);
    if (kept === 0) {
      this.#run('DELETE FROM clients WHERE room = ?', room);
      this.#run('DELETE FROM epochs WHERE room = ?', room);
    }
    this.#run('UPDATE rooms SET top = ? WHERE ordinal = ?', kept, room);
    return true;
  }

  #read(request: RequestOf<'read'>): readonly EntryRow[] {
    const { room } = this.#room(request.roomId);
    const rows = this.#statements
      .of(
        'SELECT seq, epoch, ts, kind, cid, actor, body FROM entries ' +
          'WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?',
      )
      .all(room, request.from, request.to, request.limit);
    return rows as unknown as EntryRow[];
  }

  #create(request: RequestOf<'create'>): null {
    const { id, status, createdAt, version, record } = request;
    const added = this.#run(
      'INSERT INTO rooms (id, status, created_at, touched_at, version, epoch, top, record) VALUES (?, ?, ?, ?, ?, 1, 0, ?) ' +
        'ON CONFLICT (id) DO NOTHING',
      ...[id, status, createdAt, createdAt, version, record],
    );
    if (added === 1) return null;
    throw new RoomCoreError('ERR_ROOM_EXISTS', `A room ${JSON.stringify(id)} exists; take another id.`);
  }

  #restore({ epochs, top, entries, clients, ...created }: RequestOf<'restore'>): null {
    this.#create({ ...created, op: 'create' });
    const { room } = this.#room(created.id);
    for (const { epoch, firstSeq } of epochs.slice(1)) {
      this.#run('INSERT INTO epochs (room, epoch, first_seq) VALUES (?, ?, ?)', room, epoch, firstSeq);
    }
    for (const entry of entries) this.#store(room, entry);
    for (const { participantId, clientId, n } of clients) {
      const key = [room, participantId, clientId] as const;
      this.#run('INSERT INTO clients (room, participant, client, n, seq) VALUES (?, ?, ?, ?, NULL)', ...key, n);
    }
    const epoch = epochs.at(-1)?.epoch ?? 1;
    this.#run(
      'UPDATE rooms SET epoch = ?, top = ?, oldest = ?, indexed = ? WHERE ordinal = ?',
      ...[epoch, top, top - entries.length + 1, top - entries.length, room],
    );
    return null;
  }

  #update(request: RequestOf<'update'>): null {
    const { id, status, version, record } = request;
    const known = this.#row('SELECT version FROM rooms WHERE id = ? AND status <> ?', id, DELETED);
    if (!known) throw roomNotFound(id);
    if (Number(known.version) !== version - 1) {
      throw new RoomCoreError(
        'ERR_ROOM_CONFLICT',
        `Room ${JSON.stringify(id)} is at version ${String(known.version)}, the update is for version ${version}; ` +
          'read the room again and repeat the change.',
      );
    }
    this.#run('UPDATE rooms SET status = ?, version = ?, record = ? WHERE id = ?', status, version, record, id);
    return null;
  }

  #list(request: RequestOf<'list'>): readonly RoomRow[] {
    const after = request.after ?? { createdAt: Number.MAX_SAFE_INTEGER, ordinal: Number.MAX_SAFE_INTEGER };
    const rows = this.#statements
      .of(
        'SELECT ordinal, created_at AS createdAt, record FROM rooms ' +
          'WHERE (created_at, ordinal) < (?, ?) AND status <> ? AND (? IS NULL OR status = ?) ' +
          'AND (? IS NULL OR touched_at < ?) ' +
          'ORDER BY created_at DESC, ordinal DESC LIMIT ?',
      )
      .all(
        ...[after.createdAt, after.ordinal, DELETED, request.status, request.status],
        ...[request.idleSince, request.idleSince, request.limit],
      );
    return rows as unknown as RoomRow[];
  }

  #room(roomId: string): RoomNumbers {
    const row = this.#row(
      'SELECT ordinal, epoch, top, oldest FROM rooms WHERE id = ? AND status <> ?',
      roomId,
      DELETED,
    );
    if (!row) throw roomNotFound(roomId);
    return { room: Number(row.ordinal), epoch: Number(row.epoch), top: Number(row.top), oldest: Number(row.oldest) };
  }

  #row(sql: string, ...values: readonly Value[]): Record<string, unknown> | undefined {
    return this.#statements.of(sql).get(...values);
  }

  /** @returns how many rows changed. */
  #run(sql: string, ...values: readonly Value[]): number {
    return Number(this.#statements.of(sql).run(...values).changes);
  }
}

/** A room in the tables, and where its log stands. */
interface RoomNumbers {
  readonly room: number;
  readonly epoch: number;
  readonly top: number;
  /** First number whose entry is here. */
  readonly oldest: number;
}

type Value = string | number | null;
