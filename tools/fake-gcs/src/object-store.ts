import { createHash } from 'node:crypto';
import { ApiError, notFound } from './api-error.ts';
import { crc32c } from './crc32c.ts';
import { checkPreconditions, type Preconditions, UNCONDITIONAL } from './preconditions.ts';

/** Fields of an object that a client may set. */
export interface ObjectFields {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly cacheControl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** One object at one generation. */
export interface StoredObject {
  readonly name: string;
  readonly bytes: Buffer;
  readonly generation: string;
  readonly metageneration: string;
  readonly fields: ObjectFields;
  readonly crc32c: string;
  /** A composite object has none. */
  readonly md5Hash: string | null;
  /** How many composed parts; 0 for an ordinary object. */
  readonly componentCount: number;
  readonly timeCreated: number;
  readonly updated: number;
}

/** A page of a listing. */
export interface ListPage {
  readonly objects: readonly StoredObject[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | null;
}

/** Which objects to list. */
export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string | null;
  /** Inclusive, in the order of UTF-8 bytes. */
  readonly startOffset: string | null;
  /** Exclusive. */
  readonly endOffset: string | null;
  readonly maxResults: number;
  readonly pageToken: string | null;
}

/** The most that one page holds, whatever is asked for. */
const MAX_PAGE = 1000;
/** The most that one compose takes. */
const MAX_SOURCES = 32;
/** Field names that PATCH and insert take; `null` in a PATCH removes. */
const FIELD_NAMES = ['contentType', 'contentEncoding', 'cacheControl'] as const;

/** One bucket: names, generations, and the rules that make it safe to race on them. */
export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #now: () => number;
  #lastGeneration = 0n;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The live object. @throws ApiError 404, 412, 304 */
  get(name: string, generation: string | null, conditions: Preconditions = UNCONDITIONAL): StoredObject {
    const live = this.#objects.get(name);
    // Without versioning an older generation is gone.
    if (!live || (generation !== null && generation !== live.generation)) throw notFound(`object: ${name}`);
    checkPreconditions(conditions, live, true);
    return live;
  }

  /**
   * Creates or overwrites.
   *
   * @param checksum CRC32C that the client says the bytes have.
   * @throws ApiError 400, 412
   */
  insert(
    name: string,
    bytes: Buffer,
    fields: ObjectFields,
    conditions: Preconditions,
    checksum: string | null = null,
  ): StoredObject {
    checkObjectName(name);
    if (checksum !== null && checksum !== crc32c(bytes)) {
      throw new ApiError(
        400,
        'invalid',
        `Provided CRC32C "${checksum}" doesn't match calculated CRC32C "${crc32c(bytes)}".`,
      );
    }
    checkPreconditions(conditions, this.#objects.get(name) ?? null);
    return this.#put(name, bytes, fields, 0);
  }

  /** Joins the bytes of 1–32 objects. @throws ApiError 400, 404, 412 */
  compose(
    name: string,
    sources: readonly { readonly name: string; readonly generation: string | null; readonly ifMatch: string | null }[],
    fields: ObjectFields,
    conditions: Preconditions,
  ): StoredObject {
    checkObjectName(name);
    if (sources.length === 0 || sources.length > MAX_SOURCES) {
      throw new ApiError(400, 'invalid', `The number of source components provided (${sources.length}) is not 1 to 32`);
    }
    const parts = sources.map((source) => {
      const part = this.get(source.name, source.generation);
      checkPreconditions({ ...UNCONDITIONAL, ifGenerationMatch: source.ifMatch }, part);
      return part;
    });
    checkPreconditions(conditions, this.#objects.get(name) ?? null);
    const count = parts.reduce((sum, part) => sum + Math.max(1, part.componentCount), 0);
    return this.#put(name, Buffer.concat(parts.map(({ bytes }) => bytes)), fields, count);
  }

  /** Changes fields; the generation stays, the metageneration grows. @throws ApiError 404, 412 */
  patch(name: string, changes: Readonly<Record<string, unknown>>, conditions: Preconditions): StoredObject {
    const live = this.get(name, null);
    checkPreconditions(conditions, live);
    const changed: StoredObject = {
      ...live,
      fields: applyFields(live.fields, changes),
      metageneration: String(BigInt(live.metageneration) + 1n),
      updated: this.#now(),
    };
    this.#objects.set(name, changed);
    return changed;
  }

  /** @throws ApiError 404, 412 */
  delete(name: string, generation: string | null, conditions: Preconditions): void {
    const live = this.get(name, generation);
    checkPreconditions(conditions, live);
    this.#objects.delete(name);
  }

  /** Strongly consistent, in the order of UTF-8 bytes, in pages. @throws ApiError 400 for a foreign token. */
  list(query: ListQuery): ListPage {
    const { prefix, delimiter, startOffset, endOffset, pageToken } = query;
    const after = pageToken === null ? null : fromToken(pageToken);
    const limit = Math.min(query.maxResults, MAX_PAGE);
    const objects: StoredObject[] = [];
    const prefixes: string[] = [];
    let last: string | null = null;
    const isWanted = (name: string) =>
      name.startsWith(prefix) &&
      (startOffset === null || byUtf8(name, startOffset) >= 0) &&
      (endOffset === null || byUtf8(name, endOffset) < 0);
    // To sort all names takes a tenth of a second where there are some thousands, and nothing else is answered meanwhile.
    for (const name of [...this.#objects.keys()].filter(isWanted).sort(byUtf8)) {
      const item = groupOf(name, prefix, delimiter);
      if (after !== null && byUtf8(item, after) <= 0) continue;
      if (prefixes.at(-1) === item) continue;
      if (objects.length + prefixes.length >= limit) return { objects, prefixes, nextPageToken: toToken(last ?? '') };
      const live = this.#objects.get(name);
      if (item === name && live) objects.push(live);
      else prefixes.push(item);
      last = item;
    }
    return { objects, prefixes, nextPageToken: null };
  }

  #put(name: string, bytes: Buffer, fields: ObjectFields, componentCount: number): StoredObject {
    const stored: StoredObject = {
      name,
      bytes,
      generation: this.#nextGeneration(),
      metageneration: '1',
      fields,
      crc32c: crc32c(bytes),
      md5Hash: componentCount > 0 ? null : createHash('md5').update(bytes).digest('base64'),
      componentCount,
      timeCreated: this.#now(),
      updated: this.#now(),
    };
    this.#objects.set(name, stored);
    return stored;
  }

  /** Microseconds, as Google's look, and never the same twice. */
  #nextGeneration(): string {
    const now = BigInt(Math.trunc(this.#now())) * 1000n;
    this.#lastGeneration = now > this.#lastGeneration ? now : this.#lastGeneration + 1n;
    return String(this.#lastGeneration);
  }
}

/** Fields that a client sent, with the rest left out. @throws ApiError 400 */
export function applyFields(before: ObjectFields, changes: Readonly<Record<string, unknown>>): ObjectFields {
  const after: { -readonly [K in keyof ObjectFields]: ObjectFields[K] } = { ...before };
  for (const name of FIELD_NAMES) {
    const value = changes[name];
    if (value === undefined) continue;
    if (value === null) delete after[name];
    else if (typeof value === 'string') after[name] = value;
    else throw new ApiError(400, 'invalid', `Invalid value for field ${name}`);
  }
  const custom = changes.metadata;
  if (custom === null) delete after.metadata;
  else if (custom !== undefined) after.metadata = mergeCustom(before.metadata ?? {}, custom);
  return after;
}

function mergeCustom(before: Readonly<Record<string, string>>, changes: unknown): Readonly<Record<string, string>> {
  if (typeof changes !== 'object' || changes === null) {
    throw new ApiError(400, 'invalid', 'metadata must be an object of strings');
  }
  const after: Record<string, string> = { ...before };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete after[key];
    else after[key] = String(value);
  }
  return after;
}

function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name);
  const wrong = bytes < 1 || bytes > 1024 || /[\r\n]/.test(name) || name === '.' || name === '..';
  if (wrong || name.startsWith('.well-known/acme-challenge/')) {
    throw new ApiError(400, 'invalid', `Invalid object name: ${JSON.stringify(name.slice(0, 80))}`);
  }
}

function groupOf(name: string, prefix: string, delimiter: string | null): string {
  if (delimiter === null || delimiter === '') return name;
  const at = name.indexOf(delimiter, prefix.length);
  return at < 0 ? name : name.slice(0, at + delimiter.length);
}

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function toToken(name: string): string {
  return Buffer.from(`t1:${name}`).toString('base64url');
}

function fromToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('t1:')) throw new ApiError(400, 'invalid', 'Invalid page token');
  return text.slice(3);
}
