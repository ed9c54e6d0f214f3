import type { DatabaseSync } from 'node:sqlite';
import { isRoomCoreError } from '../errors.ts';
import { fileAt } from './file-at.ts';
import type { StoreOutcome } from './worker-wire.ts';

/** What requests are done on, and how. */
export interface Transacting<Request> {
  readonly database: DatabaseSync;
  readonly path: string;
  /** What `path` was when the database was opened, see {@link fileAt}. */
  readonly file: string;
  /** @throws RoomCoreError for a request that is refused; then it must have changed nothing. */
  readonly answer: (request: Request) => unknown;
  /** Nothing of what was answered since the last commit holds. */
  readonly onRolledBack?: () => void;
}

/** Does all requests in one transaction, in order. A refused request changes nothing; the others still count. */
export function inOneTransaction<Request>(parts: Transacting<Request>, requests: readonly Request[]): StoreOutcome[] {
  const { database, path, file, answer } = parts;
  try {
    // SQLite goes on writing into a file that was deleted, and all that it acknowledges is lost.
    if (fileAt(path) !== file) throw new Error('the file was deleted or replaced; start again');
    database.exec('BEGIN IMMEDIATE');
    const outcomes = requests.map((request) => attempt(answer, request));
    database.exec('COMMIT');
    return outcomes;
  } catch (cause) {
    rollBack(database);
    parts.onRolledBack?.();
    // One request that SQLite chokes on must not take its neighbours down.
    if (requests.length > 1) return requests.flatMap((request) => inOneTransaction(parts, [request]));
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${path} cannot be used now (${why}); check the disk and try again.`;
    return [{ ok: false, code: 'ERR_STORE_UNAVAILABLE', message }];
  }
}

/** Undoes what was done since the transaction began. Never throws. */
export function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // There is no transaction: it did not begin, or SQLite has rolled back by itself, as it does on a full disk. What
    // failed first is what is reported.
  }
}

function attempt<Request>(answer: (request: Request) => unknown, request: Request): StoreOutcome {
  try {
    return { ok: true, value: answer(request) };
  } catch (error) {
    if (!isRoomCoreError(error)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}
