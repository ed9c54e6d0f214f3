import type { EntryActor, LogEntry, RoomConfiguration, RoomSummary, SearchHit } from '@colloquy/live-protocol';

/** What a new room is made of. */
export interface CreateRoomInput {
  /** 1–80 characters after trimming. */
  readonly name: string;
  /** 1–64 letters, digits, `-` or `_`; random when absent. */
  readonly id?: string;
  readonly configuration?: Partial<RoomConfiguration>;
  /** Whoever comes, and is no host, waits until a host admits them. @defaultValue false */
  readonly waitingRoom?: boolean;
  /** Who makes it; everybody who may read the room sees that. @defaultValue nobody in particular */
  readonly by?: EntryActor;
}

/** Which rooms to list, newest first. */
export interface ListOptions {
  readonly status?: 'open' | 'closed';
  /** 1–200. @defaultValue 50 */
  readonly limit?: number;
  /** `cursor` of the page before. */
  readonly cursor?: string;
}

/** A page of rooms. */
export interface RoomList {
  readonly rooms: readonly RoomSummary[];
  /** Pass it on for the next page; `null` at the end. */
  readonly cursor: string | null;
}

/** Which entries to read: oldest first from `from`, or the newest ones before `before`; without both, the newest. */
export interface HistoryOptions {
  readonly from?: number;
  readonly before?: number;
  /** 1–500. @defaultValue 50 */
  readonly limit?: number;
}

/** What to look for in a room's log. */
export interface SearchOptions {
  /** Words that all occur, in any order; case and accents do not matter, and the last one may be a beginning. */
  readonly query: string;
  /** Only entries below this number: the `before` of the page before. */
  readonly before?: number;
  /** 1–100. @defaultValue 20 */
  readonly limit?: number;
}

/** A page of what was found, newest first. */
export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** Where to look on; `null` at the end. A page may have no hits and go on. */
  readonly before: number | null;
}

/** A page of a room's log, oldest first. */
export interface HistoryPage {
  readonly entries: readonly LogEntry[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}
