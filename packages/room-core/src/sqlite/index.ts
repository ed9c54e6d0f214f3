/**
 * Rooms in one SQLite file, durable on one machine; and a store of objects in another.
 *
 * @packageDocumentation
 */
import { join } from 'node:path';
import type { RoomEngine } from '../ports/room-engine.ts';
import { lockDirectory } from './directory-lock.ts';
import { type EngineAsking, SqliteEngine } from './sqlite-engine.ts';
import { StoreWorker } from './store-worker.ts';
import { workerFile } from './worker-file.ts';

export { type SqliteColdStoreOptions, sqliteColdStore } from './cold/sqlite-cold-store.ts';

/** Options of {@link sqliteEngine}. */
export interface SqliteEngineOptions {
  /** Folder of the data; created when absent. One engine at a time may use it. */
  readonly directory: string;
  /** Milliseconds since the Unix epoch, for the time of entries. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/**
 * Rooms in the file `rooms.sqlite` of a directory. An append is acknowledged when it is on the disk; a thread of its own
 * does the writing and puts appends that come together into one transaction.
 *
 * @throws RoomCoreError `ERR_STORE_LOCKED` when another engine uses the directory, `ERR_STORE_UNAVAILABLE` when it cannot
 * be written
 */
export function sqliteEngine(options: SqliteEngineOptions): RoomEngine {
  const { directory, now = () => Date.now() } = options ?? {};
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError(`sqliteEngine needs a "directory" for its data; it is ${JSON.stringify(directory)}.`);
  }
  if (typeof now !== 'function') {
    throw new TypeError(
      `sqliteEngine: "now" must be a function that gives milliseconds; it is ${JSON.stringify(now)}.`,
    );
  }
  const unlock = lockDirectory(directory);
  const path = join(directory, 'rooms.sqlite');
  const worker = new StoreWorker<EngineAsking>({
    path,
    file: workerFile('worker', 'sqlite-worker'),
    name: 'The engine',
  });
  return new SqliteEngine({ worker, now, unlock });
}
