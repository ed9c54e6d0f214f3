import type {
  EntryActor,
  LogEntry,
  RoomConfiguration,
  RoomInfo,
  RoomLimits,
  RoomSummary,
} from '@colloquy/live-protocol';
import type { ConnectionPort } from './ports/connection.ts';
import type { ConnectingClient, RoomConnection } from './room-connection.ts';
import type { RoomManagerEvents } from './room-events.ts';
import type { RoomManagerOptions } from './room-options.ts';
import type { RoomSessionInfo } from './room-sessions.ts';

/** What a new room is made of. */
export interface CreateRoomInput {
  /** 1–80 characters after trimming. */
  readonly name: string;
  /** 1–64 letters, digits, `-` or `_`; random when absent. */
  readonly id?: string;
  readonly configuration?: Partial<RoomConfiguration>;
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

/** A page of a room's log, oldest first. */
export interface HistoryPage {
  readonly entries: readonly LogEntry[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/**
 * Rooms in which several people share one model session. Knows no socket: an adapter passes parsed messages in and
 * gives a {@link ConnectionPort} to answer through.
 */
export class RoomManager {
  /** What clients are told they may send; adapters enforce `maxMessageBytes`. */
  readonly limits: RoomLimits;

  /** @throws RangeError, TypeError for an option that cannot be. */
  constructor(_options: RoomManagerOptions) {
    this.limits = { maxTextLength: 16_000, maxMessageBytes: 1_048_576, maxPicturesPerSecond: 1 };
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_EXISTS`, `ERR_SHUT_DOWN` */
  create(_input: CreateRoomInput): Promise<RoomInfo> {
    throw new Error('not built yet');
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT` (not an id at all), `ERR_ROOM_NOT_FOUND` */
  get(_id: string): Promise<RoomInfo> {
    throw new Error('not built yet');
  }

  /** @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_CURSOR` */
  list(_options?: ListOptions): Promise<RoomList> {
    throw new Error('not built yet');
  }

  /**
   * Closes a room for good: everybody is evicted with close code 4410 and `reason`, the log ends with `room.closed`, the
   * model session is closed. The history stays readable. Idempotent.
   * @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND`
   */
  close(_id: string, _options?: { readonly reason?: string; readonly by?: EntryActor }): Promise<RoomInfo> {
    throw new Error('not built yet');
  }

  /** Also of closed rooms. @throws RoomCoreError `ERR_ROOM_INPUT`, `ERR_ROOM_NOT_FOUND` */
  history(_id: string, _options?: HistoryOptions): Promise<HistoryPage> {
    throw new Error('not built yet');
  }

  /**
   * A client has said hello: it joins. `welcome` and the entries it misses go through `port` before this resolves.
   * Whoever calls it closes the socket when it rejects (`roomCloseOf` gives code and reason).
   * @throws RoomCoreError `ERR_ROOM_CLOSED`, `ERR_ROOM_NOT_FOUND`, `ERR_ROOM_FULL`, `ERR_ROOM_INPUT`, `ERR_SHUT_DOWN`
   */
  connect(_id: string, _client: ConnectingClient, _port: ConnectionPort): Promise<RoomConnection> {
    throw new Error('not built yet');
  }

  /** Rooms that run in this process now. */
  sessions(): readonly RoomSessionInfo[] {
    throw new Error('not built yet');
  }

  /** @returns its own undo. A throwing listener is reported as an `error` event; the others still run. */
  on<K extends keyof RoomManagerEvents>(_type: K, _listener: (event: RoomManagerEvents[K]) => void): () => void {
    throw new Error('not built yet');
  }

  /**
   * Refuses new rooms and connections, tells everybody to come back elsewhere (`goaway` within `graceMs`), ends model
   * sessions, closes what is left with 4503, and closes the engine. Idempotent.
   */
  shutdown(_options?: { readonly graceMs?: number }): Promise<void> {
    throw new Error('not built yet');
  }
}
