import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { RoomCoreError } from '../../errors.ts';
import { fileAt } from '../file-at.ts';
import { inOneTransaction, type Transacting } from '../in-one-transaction.ts';
import { PreparedStatements } from '../prepared-statements.ts';
import type { StoreOutcome } from '../worker-wire.ts';
import type { ObjectAnswers, ObjectRequest, ObjectRow } from './object-requests.ts';

/** Versions are never given twice, so a name that was deleted and created again has another one. */
const tables = `
  CREATE TABLE IF NOT EXISTS objects (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
`;
const columns = 'version, name, size, metadata';

/**
 * The objects of a {@link ColdStore} in one SQLite file, synchronous. Several processes may have the file open: each
 * transaction is one piece for all of them, and waits up to five seconds for another's.
 */
export class ObjectDatabase {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: PreparedStatements;
  readonly #transacting: Transacting<ObjectRequest>;

  constructor(path: string) {
    this.#path = path;
    this.#database = new DatabaseSync(path);
    this.#database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.#database.exec(`BEGIN IMMEDIATE; ${tables} COMMIT;`);
    this.#statements = new PreparedStatements(this.#database);
    const answer = (request: ObjectRequest) => this.#answer(request);
    this.#transacting = { database: this.#database, path, file: fileAt(path), answer };
  }

  /** Does all requests in one transaction, in order. A refused request changes nothing; the others still count. */
  execute(requests: readonly ObjectRequest[]): StoreOutcome[] {
    return inOneTransaction(this.#transacting, requests);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #answer(request: ObjectRequest): ObjectAnswers[ObjectRequest['op']] {
    switch (request.op) {
      case 'putIfAbsent': {
        const there = this.#stat(request.name);
        return there ? { created: false, row: there } : { created: true, row: this.#insert(request) };
      }
      case 'replace':
        return this.#delete(request.name, request.expected) ? this.#insert(request) : null;
      case 'get':
        return this.#get(request.name);
      case 'stat':
        return this.#stat(request.name);
      case 'list':
        return this.#list(request);
      case 'delete':
        return this.#delete(request.name, request.expected);
    }
  }

  #insert({ name, metadata, bytes }: { name: string; metadata: string; bytes: Uint8Array }): ObjectRow {
    const size = bytes.byteLength;
    const { lastInsertRowid } = this.#statements
      .of('INSERT INTO objects (name, size, checksum, metadata, bytes) VALUES (?, ?, ?, ?, ?)')
      .run(name, size, crc32(bytes), metadata, bytes);
    return { name, version: Number(lastInsertRowid), size, metadata };
  }

  #get(name: string): ObjectAnswers['get'] {
    const found = this.#statements.of(`SELECT ${columns}, checksum, bytes FROM objects WHERE name = ?`).get(name);
    if (!found) return null;
    const bytes = new Uint8Array(found.bytes as Uint8Array);
    if (crc32(bytes) !== found.checksum) {
      throw new RoomCoreError(
        'ERR_STORE_DAMAGED',
        `The object ${JSON.stringify(name)} in ${this.#path} does not match its checksum; restore the file from a backup.`,
      );
    }
    return { row: toRow(found), bytes };
  }

  #stat(name: string): ObjectRow | null {
    const found = this.#statements.of(`SELECT ${columns} FROM objects WHERE name = ?`).get(name);
    return found ? toRow(found) : null;
  }

  /** Text compares by its UTF-8 bytes here, so names with one prefix are neighbours. */
  #list({ prefix, startAt, after, limit }: Extract<ObjectRequest, { op: 'list' }>): readonly ObjectRow[] {
    const following = this.#statements
      .of(
        `SELECT ${columns} FROM objects
       WHERE name >= max(?, ?) AND name > ? ORDER BY name LIMIT ?`,
      )
      .all(prefix, startAt, after ?? '', limit + 1);
    const rows = following.map(toRow);
    const end = rows.findIndex(({ name }) => !name.startsWith(prefix));
    return end < 0 ? rows : rows.slice(0, end);
  }

  #delete(name: string, expected: number): boolean {
    const { changes } = this.#statements.of('DELETE FROM objects WHERE name = ? AND version = ?').run(name, expected);
    return Number(changes) === 1;
  }
}

function toRow(found: Record<string, unknown>): ObjectRow {
  return {
    name: String(found.name),
    version: Number(found.version),
    size: Number(found.size),
    metadata: String(found.metadata),
  };
}
