import type { DatabaseSync } from 'node:sqlite';
import { RoomCoreError } from '../errors.ts';

/** Version of the tables, kept in `user_version`. */
const SCHEMA_VERSION = 1;

const tables = `
  CREATE TABLE rooms (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    top INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX rooms_newest ON rooms (created_at DESC, ordinal DESC);
  CREATE TABLE entries (
    room INTEGER NOT NULL REFERENCES rooms (ordinal),
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    kind TEXT NOT NULL,
    cid TEXT,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE clients (
    room INTEGER NOT NULL REFERENCES rooms (ordinal),
    participant TEXT NOT NULL,
    client TEXT NOT NULL,
    n INTEGER NOT NULL,
    seq INTEGER,
    PRIMARY KEY (room, participant, client)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Brings the database at `path` into shape and makes every commit durable: a write-ahead log that is synced before a
 * commit returns.
 * @throws RoomCoreError `ERR_STORE_UNAVAILABLE` for tables of a newer version.
 */
export function prepareDatabase(database: DatabaseSync, path: string): void {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;');
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version === SCHEMA_VERSION) return;
  if (version > SCHEMA_VERSION) {
    throw new RoomCoreError(
      'ERR_STORE_UNAVAILABLE',
      `${path} has tables of version ${version}, this program knows version ${SCHEMA_VERSION}; use a newer release.`,
    );
  }
  database.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}
