import type { EntryActor, LogEntry, NewEntry, RoomConfiguration } from '@colloquy/live-protocol';
import type { StoredUsage } from '../metering/room-meter.ts';
import type { EngineMeasurement } from '../metrics/measurement.ts';
import type { DoorState } from '../room/doors.ts';
import type { HotRooms } from './hot-rooms.ts';
import type { RoomLease } from './room-node.ts';

/** What is stored of a room besides its log. */
export interface RoomRecord {
  readonly id: string;
  readonly name: string;
  readonly status: 'open' | 'closed';
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** Who made it; absent: nobody in particular. */
  readonly createdBy?: EntryActor;
  readonly closedAt: number | null;
  readonly configuration: RoomConfiguration;
  /** Grows by one with every change of the configuration; absent: 1. */
  readonly configurationVersion?: number;
  /** Who may not come in; absent: everybody may. */
  readonly doors?: DoorState;
  /** What the room has used of its model; absent: nothing. */
  readonly usage?: StoredUsage;
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
  /** Only rooms in which nothing was written at or after this time (for an empty one: that are older). */
  readonly idleSince?: number;
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
  /**
   * Deletes a room with its log and everything known of its clients; resolves when nothing of it is left. The id stays
   * taken, so that nobody who comes back ever resumes into another room.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`
   */
  delete(id: string): Promise<void>;
}

/** Where the log of a room stands. */
export interface LogPosition {
  readonly epoch: number;
  /** Highest sequence number; 0 for an empty log. */
  readonly top: number;
  /** Where each epoch began, oldest first; the last one is the current. */
  readonly epochs: readonly EpochStart[];
  /** First number that the engine holds itself: above 1 in a restored room. @defaultValue 1 */
  readonly oldest?: number;
}

/** Where an epoch of a log began. */
export interface EpochStart {
  readonly epoch: number;
  readonly firstSeq: number;
}

/** The last number of a client. */
export interface ClientNumber {
  readonly participantId: string;
  readonly clientId: string;
  readonly n: number;
  /** When it was used, milliseconds since the Unix epoch. */
  readonly ts: number;
}

/** A room whose log lies elsewhere, with what an engine needs to go on from there. */
export interface RestoredRoom {
  readonly record: RoomRecord;
  readonly epochs: readonly EpochStart[];
  readonly top: number;
  /** The newest entries, oldest first and without a gap up to `top`; any number of them, also none. */
  readonly entries: readonly LogEntry[];
  readonly clients: readonly ClientNumber[];
}

/** What an append takes for granted. */
export interface AppendOptions {
  /** The epoch the caller knows; in another one nothing is appended. */
  readonly epoch?: number;
  /** Highest `seq` the caller has seen of that epoch; a log that ends below has lost entries, and nothing is appended. */
  readonly minSeq?: number;
  /** The caller runs the room under this lease; once it is over nothing is appended. For engines that nodes share. */
  readonly lease?: RoomLease;
}

/** What {@link RoomEngine.append} did. */
export type AppendResult =
  | { readonly outcome: 'appended'; readonly entry: LogEntry }
  /** The `cid` was appended before; nothing was written. `seq` is where, if the engine still knows. */
  | { readonly outcome: 'duplicate'; readonly seq: number | null }
  /** `n` of the `cid` skips numbers: the client must send again from `expected`. */
  | { readonly outcome: 'gap'; readonly expected: number }
  /** The caller's lease is over: somebody else runs the room. */
  | { readonly outcome: 'fenced' }
  /** The log is in another epoch than the caller: read the position, and try again. */
  | { readonly outcome: 'epoch'; readonly epoch: number }
  /** The log ends at `top`, below what the caller has seen of it: somebody must begin a new epoch. */
  | { readonly outcome: 'regressed'; readonly top: number };

/** What {@link RoomEngine.skip} did. */
export type SkipResult =
  | { readonly outcome: 'skipped' }
  | Extract<AppendResult, { readonly outcome: 'duplicate' | 'gap' | 'epoch' | 'regressed' }>;

/** What the caller of {@link RoomEngine.skip} expects of the log. */
export type SkipOptions = Pick<AppendOptions, 'epoch' | 'minSeq'>;

/** Entries `from`…`to`, both inclusive, oldest first, at most `limit`. */
export interface ReadOptions {
  readonly from: number;
  readonly to?: number;
  /** 1–1000. */
  readonly limit: number;
}

/** What to look for in a log. */
export interface SearchEntriesOptions {
  /**
   * Folded words that all occur, 1–16 of them; the last may be the beginning of one. A space inside says that its parts
   * stand one after the other.
   */
  readonly words: readonly string[];
  /** Entries below this number only. */
  readonly before?: number;
  /** 1–200. */
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
  /** Other servers write to the same logs. @defaultValue false */
  readonly shared?: boolean;
  /** What a store needs that stands behind an engine of several servers. Absent from one that none can stand behind so. */
  readonly hot?: HotRooms;
  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND` */
  position(roomId: string): Promise<LogPosition>;
  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT` (too large, malformed `cid`), `ERR_STORE_UNAVAILABLE` */
  append(roomId: string, entry: NewEntry, options?: AppendOptions): Promise<AppendResult>;
  /**
   * Uses up the number of a message that was refused for good, without an entry, so that the client's next message is no
   * gap. Not in another epoch than `options` say: there the messages before it may be lost, and would count as used as well.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT`, `ERR_STORE_UNAVAILABLE`
   */
  skip(roomId: string, participantId: string, cid: string, options?: SkipOptions): Promise<SkipResult>;
  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT` */
  read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]>;
  /**
   * Begins a new epoch with an entry `log.discontinuity`, if the log is still in `epoch`: somebody has seen entries that
   * are not there any more. @returns where the log stands then.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`
   */
  startEpoch(roomId: string, epoch: number): Promise<LogPosition>;
  /**
   * Entries with all the words, newest first. Absent from an engine without an index: then the log is read through.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT`
   */
  search?(roomId: string, options: SearchEntriesOptions): Promise<readonly LogEntry[]>;
  /**
   * Replaces the body of an entry for good; number, kind and author stay. Absent from an engine whose log cannot be changed:
   * then nothing is taken out of it.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_INPUT` for an entry that is not here, `ERR_STORE_UNAVAILABLE`
   */
  redact?(roomId: string, seq: number, body: LogEntry['body']): Promise<void>;
  /**
   * Takes over a room that this engine does not know, and goes on with its numbers, epochs and clients. Entries below
   * the given ones are not there to be read. Absent from an engine that is the only keeper of its logs.
   * @throws RoomCoreError `ERR_ROOM_EXISTS`, `ERR_STORE_UNAVAILABLE`
   */
  restore?(room: RestoredRoom): Promise<void>;
  /**
   * Frees what a room takes that lies elsewhere too: {@link restore} may bring it back. Does nothing about one that is not
   * here. Absent where nothing is to be gained.
   * @throws RoomCoreError `ERR_STORE_UNAVAILABLE`
   */
  unload?(roomId: string): Promise<void>;
  /**
   * Calls `listener` for every entry appended after this call, in order. Returns its own undo. Entries of other processes
   * may get lost on the way (a jump of `seq` shows it); a throwing listener harms nobody.
   */
  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void;
  /** Tells what is measured, of rooms that nobody is in too. Absent from an engine that measures nothing. Returns its undo. */
  observe?(listener: (roomId: string, measurement: EngineMeasurement) => void): () => void;
  /** Waits for writes under way, then frees everything. Idempotent. */
  close(): Promise<void>;
}
