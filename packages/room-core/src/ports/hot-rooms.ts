import type { LogEntry } from '@colloquy/live-protocol';
import type { ClientNumber, EpochStart, ReadOptions, RestoredRoom, RoomRecord } from './room-engine.ts';

/** What an engine of several servers holds of a room that a store stands behind. */
export interface HotRoom {
  /**
   * `open`: it may be written to. `resting`: somebody was about to put it to rest. `changed`: the engine may have lost some of
   * it, and says nothing before it was read back.
   */
  readonly state: 'open' | 'resting' | 'changed';
  /** Whether it is known that a store stands behind it. */
  readonly isStored: boolean;
  readonly epoch: number;
  readonly top: number;
  readonly epochs: readonly EpochStart[];
  /** First number that it holds. */
  readonly oldest: number;
  /** Who was about to put it to rest; `null`: nobody. */
  readonly resting: string | null;
  /** When it was last written to, milliseconds since the Unix epoch. */
  readonly touchedAt: number;
}

/** A look at a room. */
export interface HotLook {
  /** `null`: the engine knows nothing of it. */
  readonly room: HotRoom | null;
  /** Which life of the engine was looked at: it forgets nothing as long as this is the same, unless it is told to. */
  readonly run: string;
}

/**
 * What a store needs that stands behind an engine of several servers. A room is *open* in the engine, or it is read back from
 * the store, by one server at a time: it takes the lock, breaks the seal or claims a new epoch in the store, and installs the
 * room. What is installed once is never installed again under the same epoch, unless the room was put to rest in it.
 *
 * All of it rejects with `ERR_STORE_UNAVAILABLE` while the engine cannot be reached.
 */
export interface HotRooms {
  /** What is held of a room now. */
  look(roomId: string): Promise<HotLook>;
  /** Entries as `RoomEngine.read` gives them, also of a room that is not open, of which that one gives none. */
  read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]>;
  /** Takes the lock of a room for `ttlMs`. @returns whether nobody had it. */
  lock(roomId: string, token: string, ttlMs: number): Promise<boolean>;
  /** Keeps the lock for `ttlMs` from now on. @returns `false` where it is over: it is not taken again. */
  hold(roomId: string, token: string, ttlMs: number): Promise<boolean>;
  /** Gives up the lock, if it is still held by that token. */
  unlock(roomId: string, token: string): Promise<void>;
  /**
   * Installs a room that is not open.
   * @param options - `token`: of the lock that its caller took before. `run`: as it looked then. `tell`: its last entry is new, and
   * subscribers hear of it.
   * @returns `false`, and nothing is changed, when the lock is over, the engine began a new life, or the room is open.
   */
  install(
    room: RestoredRoom,
    options: { readonly token: string; readonly run: string; readonly tell: boolean },
  ): Promise<boolean>;
  /** From now on a store stands behind a room that is here already. */
  adopt(roomId: string): Promise<void>;
  /** An open room that ends so, and that nobody runs, takes nothing more. @returns whether that is so now. */
  rest(
    roomId: string,
    options: { readonly token: string; readonly epoch: number; readonly top: number },
  ): Promise<boolean>;
  /** Undoes {@link rest}. @returns whether it was resting by that token. */
  wake(roomId: string, token: string): Promise<boolean>;
  /** Forgets a room that rests by that token. @returns whether it did. */
  unload(roomId: string, token: string): Promise<boolean>;
  /** Forgets a room that was deleted. */
  erase(roomId: string): Promise<void>;
  /** An open room in this epoch is read back from the store before anything more is written. */
  doubt(roomId: string, epoch: number): Promise<void>;
  /** Takes over a record unless a newer one is here. */
  record(record: RoomRecord): Promise<void>;
  /** The last number of each client when the log ended at `top`, in one look. */
  clients(
    roomId: string,
  ): Promise<{ readonly top: number; readonly epoch: number; readonly clients: readonly ClientNumber[] }>;
  /** Takes or keeps the turn to store a room for `ttlMs`; it spares work, and nothing rests on it. @returns whether it is ours. */
  storeTurn(roomId: string, serverId: string, ttlMs: number): Promise<boolean>;
  /** Gives up the turn to store a room, if it is this server's. */
  leave(roomId: string, serverId: string): Promise<void>;
  /** Ids of the rooms that are here, in no order. */
  list(): AsyncIterable<string>;
}
