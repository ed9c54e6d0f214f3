import type { RoomEngine } from '../ports/room-engine.ts';

/** Options of {@link sqliteEngine}. */
export interface SqliteEngineOptions {
  /** Folder of the data; created when absent. One engine at a time may use it. */
  readonly directory: string;
}

/**
 * Rooms in one SQLite file: durable, on one machine.
 * @throws RoomCoreError `ERR_STORE_LOCKED` when another engine uses the directory, `ERR_STORE_UNAVAILABLE`
 */
export function sqliteEngine(_options: SqliteEngineOptions): RoomEngine {
  throw new Error('not built yet');
}
