import type { LogEntry, NewEntry, RoomConfiguration } from '@colloquy/live-protocol';

/** What is stored of a room besides its log. */
export interface RoomRecord {
  readonly id: string;
  readonly name: string;
  readonly status: 'open' | 'closed';
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly closedAt: number | null;
  readonly configuration: RoomConfiguration;
  /** Grows by one with every change; an update must name the version it read. */
  readonly version: number;
}

/** A page of rooms, newest first. */
export interface RoomPage {
  readonly rooms: readonly RoomRecord[];
  /** Pass as `cursor` to read on; `null` at the end. */
  readonly cursor: string | null;
}

/** Which rooms to list. */
export interface ListRoomsOptions {
  readonly status?: 'open' | 'closed';
  /** 1–200. */
  readonly limit: number;
  readonly cursor?: string;
}

/** The directory of rooms. */
export interface RoomDirectory {
  /** @throws RoomCoreError `ERR_ROOM_EXISTS` */
  create(record: RoomRecord): Promise<void>;
  /** `null` for a room that was never created. */
  get(id: string): Promise<RoomRecord | null>;
  /**
   * Replaces a record if the stored version is `record.version - 1`.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_CONFLICT`
   */
  update(record: RoomRecord): Promise<void>;
  /** @throws RoomCoreError `ERR_ROOM_CURSOR` for a cursor this directory did not give out. */
  list(options: ListRoomsOptions): Promise<RoomPage>;
}

/** Where the log of a room stands. */
export interface LogPosition {
  readonly epoch: number;
  /** Highest sequence number; 0 for an empty log. */
  readonly top: number;
}

/** What {@link RoomEngine.append} did. */
export type AppendResult =
  | { readonly outcome: 'appended'; readonly entry: LogEntry }
  /** The `cid` was appended before; nothing was written. `seq` is where, if the engine still knows. */
  | { readonly outcome: 'duplicate'; readonly seq: number | null }
  /** `n` of the `cid` skips numbers: the client must send again from `expected`. */
  | { readonly outcome: 'gap'; readonly expected: number };

/** What {@link RoomEngine.skip} did. */
export type SkipResult =
  | { readonly outcome: 'skipped' }
  | { readonly outcome: 'duplicate'; readonly seq: number | null }
  | { readonly outcome: 'gap'; readonly expected: number };

/** Entries `from`…`to`, both inclusive, oldest first, at most `limit`. */
export interface ReadOptions {
  readonly from: number;
  readonly to?: number;
  /** 1–1000. */
  readonly limit: number;
}

/**
 * The durable log and directory of rooms. One suite, `testRoomEngine` in `room-core/testing`, is the contract.
 *
 * The engine numbers entries: `seq` starts at 1 and grows by 1 without gaps, assigned atomically with the write and in
 * the order of the calls. A promise of `append` resolves only when the entry is stored. Of each client it keeps the last
 * `n` of `clientId:n`. A client is the pair of `clientId` and the actor's `participantId`: everybody reads the `cid` of
 * everybody in the log, so nobody may use up another person's numbers. The first `n` of a client may be any.
 */
export interface RoomEngine {
  readonly rooms: RoomDirectory;
  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND` */
  position(roomId: string): Promise<LogPosition>;
  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT` (too large, malformed `cid`), `ERR_STORE_UNAVAILABLE` */
  append(roomId: string, entry: NewEntry): Promise<AppendResult>;
  /**
   * Uses up the number of a message that was refused for good, without an entry, so that the client's next message is no
   * gap.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT`, `ERR_STORE_UNAVAILABLE`
   */
  skip(roomId: string, participantId: string, cid: string): Promise<SkipResult>;
  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT` */
  read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]>;
  /**
   * Calls `listener` for every entry appended after this call, in order. Returns its own undo. Entries of other processes
   * may get lost on the way (a jump of `seq` shows it); a throwing listener harms nobody.
   */
  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void;
  /** Waits for writes under way, then frees everything. Idempotent. */
  close(): Promise<void>;
}
