import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RoomCoreError } from '../errors.ts';
import { makeDirectory } from './make-directory.ts';

/** SQLite's result code for "another connection holds the lock". */
const SQLITE_BUSY = 5;

/**
 * Takes the data directory for this engine alone, creating it when absent. The lock is SQLite's own on a file beside the
 * data: the operating system drops it with the process, however that ends, and backup tools may still read the data.
 *
 * @returns the undo.
 * @throws RoomCoreError `ERR_STORE_LOCKED`, `ERR_STORE_UNAVAILABLE`
 */
export function lockDirectory(directory: string): () => void {
  let lock: DatabaseSync | null = null;
  try {
    makeDirectory(directory);
    lock = new DatabaseSync(join(directory, 'rooms.lock'));
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch (cause) {
    lock?.close();
    if (isBusy(cause)) {
      throw new RoomCoreError(
        'ERR_STORE_LOCKED',
        `The data directory ${directory} is in use by another engine or process; stop that one or take another directory.`,
        { cause },
      );
    }
    throw new RoomCoreError(
      'ERR_STORE_UNAVAILABLE',
      `The data directory ${directory} cannot be used (${cause instanceof Error ? cause.message : String(cause)}); ` +
        'it must be a folder that this process may write to.',
      { cause },
    );
  }
  const held = lock;
  return () => held.close();
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
