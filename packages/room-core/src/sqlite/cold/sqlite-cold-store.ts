import { dirname } from 'node:path';
import { checkColdListOptions, checkColdMetadata, checkColdName, foreignColdCursor } from '../../cold/cold-checks.ts';
import { RoomCoreError } from '../../errors.ts';
import type { ColdListOptions, ColdObject, ColdPage, ColdStore, ColdWriteOptions } from '../../ports/cold-store.ts';
import { makeDirectory } from '../make-directory.ts';
import { StoreWorker } from '../store-worker.ts';
import { workerFile } from '../worker-file.ts';
import type { ObjectAnswers, ObjectRequest, ObjectRow } from './object-requests.ts';

/** Options of {@link sqliteColdStore}. */
export interface SqliteColdStoreOptions {
  /** Of the database file; created when absent, with its folder. Several processes of one machine may share it. */
  readonly path: string;
}

interface ObjectAsking {
  readonly request: ObjectRequest;
  readonly answers: ObjectAnswers;
}

const CURSOR_PREFIX = 'after:';

/**
 * Objects in one SQLite file: what a bucket is to many machines, for one. A thread of its own does the writing, and a write
 * is acknowledged when it is on the disk. The file must not be on a network file system, where SQLite's locks do not hold.
 *
 * @throws RoomCoreError `ERR_STORE_UNAVAILABLE` when the folder cannot be made
 */
export function sqliteColdStore(options: SqliteColdStoreOptions): ColdStore {
  const { path } = options ?? {};
  if (typeof path !== 'string' || path === '') {
    throw new TypeError(`sqliteColdStore needs the "path" of its file; it is ${JSON.stringify(path)}.`);
  }
  try {
    makeDirectory(dirname(path));
  } catch (cause) {
    throw new RoomCoreError(
      'ERR_STORE_UNAVAILABLE',
      `The folder ${dirname(path)} cannot be made (${cause instanceof Error ? cause.message : String(cause)}); ` +
        'take a path that this process may write to.',
      { cause },
    );
  }
  const file = workerFile('cold/worker', 'sqlite-cold-worker');
  return new SqliteColdStore(new StoreWorker<ObjectAsking>({ path, file, name: 'The store' }));
}

class SqliteColdStore implements ColdStore {
  readonly #worker: StoreWorker<ObjectAsking>;

  constructor(worker: StoreWorker<ObjectAsking>) {
    this.#worker = worker;
  }

  async putIfAbsent(name: string, bytes: Uint8Array, { metadata, signal }: ColdWriteOptions = {}) {
    const put = { op: 'putIfAbsent', ...toWrite(name, bytes, metadata) } as const;
    const { created, row } = await this.#ask<'putIfAbsent'>(put, signal, bytes.byteLength);
    return { created, object: toObject(row) };
  }

  async replace(
    name: string,
    bytes: Uint8Array,
    expectedVersion: string,
    { metadata, signal }: ColdWriteOptions = {},
  ): Promise<ColdObject | null> {
    const put = { op: 'replace', ...toWrite(name, bytes, metadata), expected: toVersion(expectedVersion) } as const;
    const row = await this.#ask<'replace'>(put, signal, bytes.byteLength);
    return row && toObject(row);
  }

  async get(name: string, { signal }: { readonly signal?: AbortSignal } = {}) {
    const found = await this.#ask<'get'>({ op: 'get', name: checkColdName(name) }, signal);
    return found && { object: toObject(found.row), bytes: found.bytes };
  }

  async stat(name: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<ColdObject | null> {
    const row = await this.#ask<'stat'>({ op: 'stat', name: checkColdName(name) }, signal);
    return row && toObject(row);
  }

  async list(options: ColdListOptions): Promise<ColdPage> {
    checkColdListOptions(options);
    const { prefix, startAt = '', limit, cursor, signal } = options;
    if (cursor !== undefined && !cursor.startsWith(CURSOR_PREFIX)) throw foreignColdCursor(cursor);
    const after = cursor?.slice(CURSOR_PREFIX.length) ?? null;
    const rows = await this.#ask<'list'>({ op: 'list', prefix, startAt, after, limit }, signal);
    const objects = rows.slice(0, limit).map(toObject);
    return { objects, cursor: rows.length > limit ? `${CURSOR_PREFIX}${objects.at(-1)?.name}` : null };
  }

  async delete(name: string, version: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    const expected = toVersion(version);
    return this.#ask<'delete'>({ op: 'delete', name: checkColdName(name), expected }, signal);
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  /** A signal that fires while the disk is awaited ends the wait; what was asked may still be done. */
  async #ask<K extends ObjectRequest['op']>(
    request: Extract<ObjectRequest, { readonly op: K }>,
    signal: AbortSignal | undefined,
    length = 0,
  ): Promise<ObjectAnswers[K]> {
    signal?.throwIfAborted();
    const answer = this.#worker.ask<K>(request, { length });
    if (!signal) return answer;
    let onAbort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
    });
    try {
      return await Promise.race([answer, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Nobody waits for it after the signal.
      answer.catch(() => {});
    }
  }
}

function toWrite(name: string, bytes: Uint8Array, metadata: ColdWriteOptions['metadata']) {
  return { name: checkColdName(name), bytes, metadata: JSON.stringify(checkColdMetadata(metadata)) };
}

/** A version that is none of ours is nobody's. */
function toVersion(version: string): number {
  return /^\d{1,15}$/.test(version) ? Number(version) : 0;
}

function toObject({ name, version, size, metadata }: ObjectRow): ColdObject {
  return { name, version: String(version), size, metadata: JSON.parse(metadata) as Record<string, string> };
}
