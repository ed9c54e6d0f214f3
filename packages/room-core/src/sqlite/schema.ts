import type { DatabaseSync } from 'node:sqlite';
import { RoomCoreError } from '../errors.ts';
import { wordTable } from './word-index.ts';

const firstTables = `
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

/** Epochs after the first of a room, when a room was last written to, and the words of its entries. */
const secondTables = `
  CREATE TABLE epochs (
    room INTEGER NOT NULL REFERENCES rooms (ordinal),
    epoch INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    PRIMARY KEY (room, epoch)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE rooms ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
  UPDATE rooms SET touched_at = coalesce(
    (SELECT ts FROM entries WHERE entries.room = rooms.ordinal AND entries.seq = rooms.top), created_at);
  ${wordTable}
`;

/** The first entry that is here, of rooms whose older ones lie elsewhere. */
const thirdTables = 'ALTER TABLE rooms ADD COLUMN oldest INTEGER NOT NULL DEFAULT 1;';

/** How far the index of words is; it is filled from there. */
const fourthTables = 'ALTER TABLE rooms ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;';

/** Each brings the tables from one version to the next; the number of those done is kept in `user_version`. */
const steps: readonly ((database: DatabaseSync) => void)[] = [
  (database) => database.exec(firstTables),
  (database) => database.exec(secondTables),
  (database) => database.exec(thirdTables),
  (database) => database.exec(`${fourthTables} DELETE FROM entry_words;`),
];

/**
 * Brings the database at `path` into shape and makes every commit durable: a write-ahead log that is synced before a
 * commit returns.
 * @throws RoomCoreError `ERR_STORE_UNAVAILABLE` for tables of a newer version.
 */
export function prepareDatabase(database: DatabaseSync, path: string): void {
  // The patience first: whoever opens a new file together with another waits for the other's tables.
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  if (versionOf(database, path) === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(versionOf(database, path))) step(database);
    database.exec(`PRAGMA user_version = ${steps.length}; COMMIT;`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync, path: string): number {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > steps.length) {
    throw new RoomCoreError(
      'ERR_STORE_UNAVAILABLE',
      `${path} has tables of version ${version}, this program knows version ${steps.length}; use a newer release.`,
    );
  }
  return version;
}
