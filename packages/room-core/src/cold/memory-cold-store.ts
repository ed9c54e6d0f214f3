import { RoomCoreError } from '../errors.ts';
import type { ColdListOptions, ColdObject, ColdPage, ColdStore, ColdWriteOptions } from '../ports/cold-store.ts';
import { checkColdListOptions, checkColdMetadata, checkColdName, foreignColdCursor } from './cold-checks.ts';

interface Stored {
  readonly object: ColdObject;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const CURSOR_PREFIX = 'after:';
const encoder = new TextEncoder();

/** Keeps objects in memory, for tests and for rooms that may be forgotten. */
export function memoryColdStore(): ColdStore {
  return new MemoryColdStore();
}

class MemoryColdStore implements ColdStore {
  readonly #objects = new Map<string, Stored>();
  #lastVersion = 0;
  #closed = false;

  async putIfAbsent(name: string, bytes: Uint8Array, options: ColdWriteOptions = {}) {
    this.#check(name, options.signal);
    const metadata = checkColdMetadata(options.metadata);
    const there = this.#objects.get(name);
    if (there) return { created: false, object: there.object };
    return { created: true, object: this.#put(name, bytes, metadata) };
  }

  async replace(name: string, bytes: Uint8Array, expectedVersion: string, options: ColdWriteOptions = {}) {
    this.#check(name, options.signal);
    const metadata = checkColdMetadata(options.metadata);
    if (this.#objects.get(name)?.object.version !== expectedVersion) return null;
    return this.#put(name, bytes, metadata);
  }

  async get(name: string, options: { readonly signal?: AbortSignal } = {}) {
    this.#check(name, options.signal);
    const stored = this.#objects.get(name);
    return stored ? { object: stored.object, bytes: stored.bytes.slice() } : null;
  }

  async stat(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<ColdObject | null> {
    this.#check(name, options.signal);
    return this.#objects.get(name)?.object ?? null;
  }

  async list(options: ColdListOptions): Promise<ColdPage> {
    this.#checkOpen(options.signal);
    checkColdListOptions(options);
    const { prefix, startAt = '', limit, cursor } = options;
    if (cursor !== undefined && !cursor.startsWith(CURSOR_PREFIX)) throw foreignColdCursor(cursor);
    const after = cursor?.slice(CURSOR_PREFIX.length);
    const names = [...this.#objects.keys()]
      .filter((name) => name.startsWith(prefix) && compareNames(name, startAt) >= 0)
      .filter((name) => after === undefined || compareNames(name, after) > 0)
      .sort(compareNames);
    const page = names.slice(0, limit);
    const objects = page.flatMap((name) => this.#objects.get(name)?.object ?? []);
    return { objects, cursor: names.length > limit ? `${CURSOR_PREFIX}${page.at(-1)}` : null };
  }

  async delete(name: string, version: string, options: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    this.#check(name, options.signal);
    if (this.#objects.get(name)?.object.version !== version) return false;
    return this.#objects.delete(name);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #put(name: string, bytes: Uint8Array, metadata: Readonly<Record<string, string>>): ColdObject {
    this.#lastVersion += 1;
    const object = { name, version: String(this.#lastVersion), size: bytes.byteLength, metadata };
    this.#objects.set(name, { object, bytes: new Uint8Array(bytes) });
    return object;
  }

  #check(name: string, signal: AbortSignal | undefined): void {
    this.#checkOpen(signal);
    checkColdName(name);
  }

  #checkOpen(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#closed) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The store was closed.');
  }
}

/** The order of UTF-8 bytes, which is not that of UTF-16 units. */
function compareNames(a: string, b: string): number {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
