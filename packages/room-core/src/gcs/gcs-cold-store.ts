import { type Bucket, CRC32C, type File, type FileMetadata, Storage } from '@google-cloud/storage';
import { checkColdListOptions, checkColdMetadata, checkColdName, foreignColdCursor } from '../cold/cold-checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { ColdListOptions, ColdObject, ColdPage, ColdStore, ColdWriteOptions } from '../ports/cold-store.ts';
import { statusOf } from './gcs-failures.ts';
import { RetryBudget, type RetryOptions } from './retry-budget.ts';
import {
  type GcsVersion,
  newWriter,
  parseVersion,
  parseWriters,
  SUPERSEDED,
  toVersion,
  WRITERS_KEY,
  type Writers,
  withWriter,
} from './writers.ts';

/** Where a store keeps its objects. */
export interface GcsColdStoreOptions {
  readonly bucket: string;
  /** Put before every name, such as `studio/`. @defaultValue none */
  readonly prefix?: string;
  /** Another address of the service, such as a private endpoint. @defaultValue Google's */
  readonly apiEndpoint?: string;
  /** Project for billing; found by the library where it is not given. */
  readonly projectId?: string;
  /**
   * A client of your own, for credentials of your own. Its retries must be off (`retryOptions: { autoRetry: false }`):
   * one save without a precondition switches them off for the whole client anyway, unnoticed.
   */
  readonly storage?: Storage;
  readonly retry?: RetryOptions;
}

/**
 * Objects in a bucket of Google Cloud Storage. The bucket must be there; versioning and soft deletion may be on.
 *
 * @throws TypeError for a client whose retries are on, RangeError for a prefix that cannot be.
 */
export function gcsColdStore(options: GcsColdStoreOptions): ColdStore {
  const { bucket, prefix = '', retry = {} } = options;
  if (prefix.startsWith('/') || prefix.length > 100) {
    throw new RangeError(
      `The prefix ${JSON.stringify(prefix)} must have at most 100 characters and not begin with "/".`,
    );
  }
  const storage = options.storage ?? createClient(options);
  if (storage.retryOptions.autoRetry) {
    throw new TypeError(
      'The given Storage client retries by itself; create it with retryOptions: { autoRetry: false }.',
    );
  }
  return new GcsColdStore(storage.bucket(bucket), prefix, new RetryBudget(retry));
}

function createClient({ apiEndpoint, projectId }: GcsColdStoreOptions): Storage {
  return new Storage({
    ...(apiEndpoint !== undefined && { apiEndpoint }),
    ...(projectId !== undefined && { projectId }),
    retryOptions: { autoRetry: false, maxRetries: 0 },
  });
}

/** A byte that changed on the way comes right the next time. */
const DAMAGED_AFTER = 3;

class GcsColdStore implements ColdStore {
  readonly #bucket: Bucket;
  readonly #prefix: string;
  readonly #retry: RetryBudget;
  #closed = false;

  constructor(bucket: Bucket, prefix: string, retry: RetryBudget) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#retry = retry;
  }

  async putIfAbsent(name: string, bytes: Uint8Array, options: ColdWriteOptions = {}) {
    const writer = newWriter();
    for (;;) {
      const written = await this.#write(name, bytes, { generation: '0', writers: [] }, writer, options);
      if (written) return { created: true, object: written };
      const found = await this.#find(name, options.signal);
      // Deleted between the refusal and the look: the name is free again.
      if (found) return { created: found.writers.includes(writer), object: found.object };
    }
  }

  async replace(name: string, bytes: Uint8Array, expectedVersion: string, options: ColdWriteOptions = {}) {
    this.#check(name, options.signal);
    const version = parseVersion(expectedVersion);
    if (!version) return null;
    const writer = newWriter();
    const written = await this.#write(name, bytes, version, writer, options);
    if (written) return written;
    const found = await this.#find(name, options.signal);
    if (!found?.writers.includes(writer)) return null;
    if (found.writers.at(-1) === writer) return found.object;
    return { name, version: SUPERSEDED, size: bytes.byteLength, metadata: checkColdMetadata(options.metadata) };
  }

  async get(name: string, options: { readonly signal?: AbortSignal } = {}) {
    this.#check(name, options.signal);
    let mismatches = 0;
    return this.#retry.run(
      `read ${name}`,
      async () => {
        const metadata = await this.#metadata(name);
        if (!metadata) return null;
        // Pinned: what is read is what the version says, or is gone, which the next attempt sees.
        const file = this.#file(name, String(metadata.generation));
        const [content] = await file.download({ validation: false, decompress: false }).catch((error: unknown) => {
          throw statusOf(error) === 404 ? new Error('it was replaced while it was read') : error;
        });
        if (checksumOf(content) !== metadata.crc32c) {
          mismatches += 1;
          if (mismatches < DAMAGED_AFTER) throw new Error('the bytes do not have the stored checksum');
          throw new RoomCoreError('ERR_STORE_DAMAGED', `The bytes of ${name} do not have the stored checksum.`);
        }
        return { object: this.#toObject(name, metadata), bytes: new Uint8Array(content) };
      },
      options.signal,
    );
  }

  async stat(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<ColdObject | null> {
    return (await this.#find(name, options.signal))?.object ?? null;
  }

  async list(options: ColdListOptions): Promise<ColdPage> {
    this.#checkOpen(options.signal);
    checkColdListOptions(options);
    const { prefix, startAt, limit, cursor, signal } = options;
    try {
      return await this.#retry.run(
        `list ${prefix}`,
        async () => {
          const [files, next] = await this.#bucket.getFiles({
            prefix: this.#prefix + prefix,
            maxResults: limit,
            autoPaginate: false,
            ...(startAt !== undefined && { startOffset: this.#prefix + startAt }),
            ...(cursor !== undefined && { pageToken: cursor }),
          });
          const objects = files.map((file) => this.#toObject(file.name.slice(this.#prefix.length), file.metadata));
          return { objects, cursor: (next as { pageToken?: string } | null)?.pageToken ?? null };
        },
        signal,
      );
    } catch (error) {
      throw cursor !== undefined && statusOf(error) === 400 ? foreignColdCursor(cursor) : error;
    }
  }

  async delete(name: string, version: string, options: { readonly signal?: AbortSignal } = {}): Promise<boolean> {
    this.#check(name, options.signal);
    const generation = parseVersion(version)?.generation;
    // Looked up first: with a lost answer, a name that is gone is our own doing only if it was there.
    if (generation === undefined || (await this.stat(name, options))?.version !== version) return false;
    return this.#retry.run(
      `delete ${name}`,
      async ({ again }) => {
        try {
          // The library's type wants a number; generations have more digits than one holds exactly.
          await this.#file(name).delete({ ifGenerationMatch: generation as unknown as number });
          return true;
        } catch (error) {
          const status = statusOf(error);
          if (status === 412) return false;
          if (status === 404) return again;
          throw error;
        }
      },
      options.signal,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** @returns `null` when the precondition did not hold, which may be our own success. */
  async #write(
    name: string,
    bytes: Uint8Array,
    expected: GcsVersion,
    writer: string,
    { metadata, signal }: ColdWriteOptions,
  ): Promise<ColdObject | null> {
    this.#check(name, signal);
    const writers = withWriter(expected.writers, writer);
    const custom = { ...checkColdMetadata(metadata), [WRITERS_KEY]: writers.join(',') };
    const content = Buffer.from(bytes);
    return this.#retry.run(
      `write ${name}`,
      async () => {
        const file = this.#file(name);
        try {
          await file.save(content, {
            resumable: false,
            // On a mismatch the library deletes the object, whoever wrote it; the service checks the checksum instead.
            validation: false,
            preconditionOpts: { ifGenerationMatch: expected.generation },
            metadata: { contentType: 'application/octet-stream', crc32c: checksumOf(content), metadata: custom },
          });
        } catch (error) {
          if (statusOf(error) === 412) return null;
          // A name that is gone has no version to replace.
          if (statusOf(error) === 404 && expected.generation !== '0') return null;
          throw error;
        }
        return this.#toObject(name, file.metadata);
      },
      signal,
    );
  }

  async #find(name: string, signal: AbortSignal | undefined) {
    this.#check(name, signal);
    const metadata = await this.#retry.run(`look up ${name}`, () => this.#metadata(name), signal);
    if (!metadata) return null;
    return { object: this.#toObject(name, metadata), writers: writersOf(metadata) };
  }

  async #metadata(name: string): Promise<FileMetadata | null> {
    try {
      const [metadata] = await this.#file(name).getMetadata();
      return metadata;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }

  #file(name: string, generation?: string): File {
    return this.#bucket.file(this.#prefix + name, generation === undefined ? {} : { generation });
  }

  #toObject(name: string, metadata: FileMetadata): ColdObject {
    const { [WRITERS_KEY]: _, ...custom } = (metadata.metadata ?? {}) as Record<string, string>;
    const version = toVersion({ generation: String(metadata.generation), writers: writersOf(metadata) });
    return { name, version, size: Number(metadata.size ?? 0), metadata: custom };
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

function writersOf(metadata: FileMetadata): Writers {
  return parseWriters((metadata.metadata as Record<string, string> | undefined)?.[WRITERS_KEY]);
}

function checksumOf(content: Buffer): string {
  const checksum = new CRC32C();
  checksum.update(content);
  return checksum.toString();
}
