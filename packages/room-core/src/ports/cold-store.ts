/** One stored object, without its bytes. */
export interface ColdObject {
  readonly name: string;
  /** Changes with every write of the name; opaque, compared for equality only. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** What the writer added, readable without reading the bytes. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a write may bring along. */
export interface ColdWriteOptions {
  /** Short words about the object, at most 2 KiB together; names are `a`–`z`, `0`–`9` and `-`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Which objects to list. */
export interface ColdListOptions {
  readonly prefix: string;
  /** First name to list, inclusive; for going on where something is known already. */
  readonly startAt?: string;
  /** 1–1000. */
  readonly limit: number;
  /** Of the page before. */
  readonly cursor?: string;
  readonly signal?: AbortSignal;
}

/** A page of objects, in the order of the UTF-8 bytes of their names. */
export interface ColdPage {
  readonly objects: readonly ColdObject[];
  /** Pass as `cursor` to read on; `null` at the end. */
  readonly cursor: string | null;
}

/**
 * Durable objects by name, slow and strongly consistent: what was written is read and listed at once. Creation of a name
 * and replacement of a version are atomic, whoever races; they are what all safety above rests on. `testColdStore` in
 * `room-core/testing` is the contract.
 *
 * Every method retries what may pass by itself within its own budget, and then throws RoomCoreError
 * `ERR_STORE_UNAVAILABLE`; a malformed name or metadata is `ERR_ROOM_INPUT`.
 */
export interface ColdStore {
  /**
   * Creates a name; of all who try exactly one is told that it created it.
   * @returns `created: false` with the object that stands there, when somebody else was first.
   */
  putIfAbsent(
    name: string,
    bytes: Uint8Array,
    options?: ColdWriteOptions,
  ): Promise<{ readonly created: boolean; readonly object: ColdObject }>;
  /**
   * Replaces one version.
   * @returns `null` when the version is another one by now, or the name is gone. An object whose version is nobody's, when
   * it was replaced and others have replaced it since, before its answer came.
   */
  replace(
    name: string,
    bytes: Uint8Array,
    expectedVersion: string,
    options?: ColdWriteOptions,
  ): Promise<ColdObject | null>;
  /**
   * Bytes and version as one unit, checked against the stored checksum; `null` for a name that is not there.
   * @throws RoomCoreError `ERR_STORE_DAMAGED` where the stored bytes do not have it.
   */
  get(
    name: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly object: ColdObject; readonly bytes: Uint8Array<ArrayBuffer> } | null>;
  /** `null` for a name that is not there. */
  stat(name: string, options?: { readonly signal?: AbortSignal }): Promise<ColdObject | null>;
  /** @throws RoomCoreError `ERR_ROOM_CURSOR` for a cursor that this store did not give out. */
  list(options: ColdListOptions): Promise<ColdPage>;
  /** @returns whether that version was there. */
  delete(name: string, version: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>;
  /** Later calls are refused. Idempotent. */
  close(): Promise<void>;
}
