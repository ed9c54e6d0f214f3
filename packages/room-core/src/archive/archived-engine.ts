import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { checkReadOptions, roomNotFound } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { EngineMeasurement } from '../metrics/measurement.ts';
import type { Clock } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type {
  AppendOptions,
  AppendResult,
  ListRoomsOptions,
  LogPosition,
  ReadOptions,
  RoomDirectory,
  RoomEngine,
  RoomPage,
  RoomRecord,
  SkipOptions,
  SkipResult,
} from '../ports/room-engine.ts';
import { systemClock } from '../system-clock.ts';
import { atMost } from '../within.ts';
import type { ArchiveMetrics } from './archive-metrics.ts';
import { ArchivedDirectory, type MemberPage } from './archived-directory.ts';
import type { ArchivedRoom } from './archived-room.ts';
import type { Damage } from './damage.ts';
import { eraseMembers, eraseObject } from './erase.ts';
import { DEFAULT_FLUSH, type FlushOptions } from './flush-timer.ts';
import { lastTouch } from './last-touch.ts';
import { LogChain } from './log-chain.ts';
import { OpenRooms } from './open-rooms.ts';
import { SharedArchive } from './shared-archive.ts';

/** What rooms are kept in. */
export interface ArchivedEngineOptions {
  /**
   * Keeps what is going on: `memoryEngine()`, or `sqliteEngine` on a disk that may be lost; it must be able to restore. Or
   * `redisEngine`, for several servers.
   */
  readonly engine: RoomEngine;
  /** Keeps everything for good. One server at a time uses it, or all those that share the engine. */
  readonly cold: ColdStore;
  readonly flush?: FlushOptions;
  /** Longest that closing waits for the store, in milliseconds. @defaultValue 10_000 */
  readonly closeMs?: number;
  /** Hears of writes behind that failed; they are tried again by themselves. `unflushed` entries wait in that room. */
  readonly onError?: (failure: {
    readonly roomId: string;
    readonly unflushed: number;
    readonly error: unknown;
  }) => void;
  /**
   * Hears of an object of the store that is missing, or not what was written: once for each time that its room is open.
   * The room goes on, and its entries read as `log.unreadable`.
   */
  readonly onDamage?: (damage: Damage & { readonly roomId: string }) => void;
  /** Hears how far a room is stored. */
  readonly onFlushed?: (progress: { readonly roomId: string; readonly seq: number }) => void;
  readonly clock?: Clock;
}

/** An engine whose rooms outlive its process and its disk. */
export interface ArchivedEngine extends RoomEngine {
  /**
   * Rooms in which a person has been, in no particular order.
   * @throws RoomCoreError `ERR_ROOM_CURSOR`, `ERR_STORE_UNAVAILABLE`
   */
  roomsOf(participantId: string, options?: { readonly limit?: number; readonly cursor?: string }): Promise<MemberPage>;
  /** Number of the last entry of a room that is stored; `null` for a room that is not open here. */
  flushed(roomId: string): number | null;
  /** What waits, what was stored and what failed, since the engine was made. */
  metrics(): ArchiveMetrics;
  /** Stores everything that waits. @throws RoomCoreError `ERR_STORE_UNAVAILABLE` */
  flush(): Promise<void>;
}

/**
 * Puts a durable store behind an engine. Entries are acknowledged by the engine and stored within seconds; a room that the
 * engine does not know is read back from the store. What was acknowledged and not stored when the process died is lost
 * from the log, and clients that are still there send it again.
 *
 * @throws TypeError for an engine that cannot restore, or that several servers share.
 *
 * @example
 * ```ts
 * const engine = archivedEngine({ engine: memoryEngine(), cold: gcsColdStore({ bucket: 'my-rooms' }) });
 * const rooms = new RoomManager({ engine, model });
 * ```
 */
export function archivedEngine(options: ArchivedEngineOptions): ArchivedEngine {
  const { hot } = options.engine;
  if (hot) return new SharedArchive(options, hot);
  if (!options.engine.restore) {
    throw new TypeError('This engine cannot restore rooms; use memoryEngine() or sqliteEngine() before a store.');
  }
  if (options.engine.shared) {
    throw new TypeError('Other servers write to this engine too; a store stands behind an engine of one server only.');
  }
  return new StoreBehindEngine(options);
}

class StoreBehindEngine implements ArchivedEngine {
  readonly rooms: RoomDirectory = {
    create: (record) => this.#create(record),
    get: (id) => this.#get(id),
    update: (record) => this.#update(record),
    list: (options) => this.#list(options),
    delete: (id) => this.#delete(id),
  };
  readonly #options: ArchivedEngineOptions;
  readonly #engine: RoomEngine;
  readonly #cold: ColdStore;
  readonly #clock: Clock;
  readonly #directory: ArchivedDirectory;
  readonly #observers = new Set<(roomId: string, measurement: EngineMeasurement) => void>();
  readonly #open: OpenRooms;
  /** Where the engine before the store cannot, nothing is taken out of the store either. */
  readonly redact: RoomEngine['redact'];
  /** Changes of one room's record run one after the other, so that engine and store do not drift apart. */
  readonly #updates = new Map<string, Promise<unknown>>();
  readonly #counts = { flushes: 0, failures: 0, damagedEntries: 0 };
  #closed: Promise<void> | null = null;

  constructor(options: ArchivedEngineOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#cold = options.cold;
    this.#clock = options.clock ?? systemClock();
    this.#directory = new ArchivedDirectory(
      options.cold,
      () => this.#clock.now(),
      (roomId) => void this.#finishErasing(roomId),
    );
    this.#open = new OpenRooms({
      ...{ engine: options.engine, cold: options.cold, clock: this.#clock, directory: this.#directory },
      flush: { ...DEFAULT_FLUSH, ...options.flush },
      checkOpen: () => this.#checkOpen(),
      isInUse: (roomId) => this.#updates.has(roomId),
      onDamage: (roomId, damage) => this.#damaged(roomId, damage),
      onError: (roomId, room, error) => void this.#report(roomId, room, error),
      onFlushed: (roomId, seq) => {
        this.#counts.flushes += 1;
        options.onFlushed?.({ roomId, seq });
      },
      onMeasured: (roomId, measurement) => {
        for (const tell of this.#observers) tell(roomId, measurement);
      },
      onNotUnloaded: (roomId, error) => options.onError?.({ roomId, unflushed: 0, error }),
    });
    if (options.engine.redact) this.redact = (roomId, seq, body) => this.#redact(roomId, seq, structuredClone(body));
  }

  async position(roomId: string): Promise<LogPosition> {
    // The whole log can be read here, whatever the engine holds of it.
    const { epoch, epochs, top } = await this.#open.use(roomId, () => this.#engine.position(roomId));
    return { epoch, epochs, top };
  }

  async append(roomId: string, entry: NewEntry, options: AppendOptions = {}): Promise<AppendResult> {
    // What is appended is what the caller gave now, however long the room takes to open.
    const copy = structuredClone(entry);
    return this.#open.use(roomId, (room) => room.append(copy, options));
  }

  async skip(roomId: string, participantId: string, cid: string, options: SkipOptions = {}): Promise<SkipResult> {
    return this.#open.use(roomId, (room) => room.skip(participantId, cid, options));
  }

  async startEpoch(roomId: string, epoch: number): Promise<LogPosition> {
    await this.#open.use(roomId, (room) => room.startEpoch(epoch));
    return this.position(roomId);
  }

  async read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    checkReadOptions(options);
    const { from, limit, to = Number.MAX_SAFE_INTEGER } = options;
    return this.#open.use(roomId, (room) => room.read(from, to, limit));
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    return this.#open.listenedTo(roomId, this.#engine.subscribe(roomId, listener));
  }

  observe(listener: (roomId: string, measurement: EngineMeasurement) => void): () => void {
    // A wrapper of its own, so that each undo removes one.
    const own: typeof listener = (roomId, measurement) => listener(roomId, measurement);
    this.#observers.add(own);
    return () => this.#observers.delete(own);
  }

  async roomsOf(participantId: string, options: { readonly limit?: number; readonly cursor?: string } = {}) {
    this.#checkOpen();
    return this.#directory.roomsOf(participantId, options.limit ?? 50, options.cursor);
  }

  flushed(roomId: string): number | null {
    return this.#open.rooms.get(roomId)?.flushed ?? null;
  }

  metrics(): ArchiveMetrics {
    const rooms = [...this.#open.rooms.values()];
    return {
      rooms: rooms.length,
      unflushed: rooms.reduce((sum, { waiting }) => sum + waiting, 0),
      oldestUnflushedMs: Math.max(0, ...rooms.map(({ waitingMs }) => waitingMs)),
      ...this.#counts,
    };
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#open.rooms.values()].map((room) => room.flush()));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#open.settled(), Promise.allSettled(this.#updates.values())]);
    await atMost(
      this.#clock,
      this.#options.closeMs ?? 10_000,
      Promise.all([...this.#open.rooms].map((room) => this.#putAway(...room))),
    );
    for (const room of this.#open.rooms.values()) room.end();
    await this.#engine.close();
    await this.#cold.close();
  }

  async #putAway(roomId: string, room: ArchivedRoom): Promise<void> {
    try {
      await room.flush();
      await room.seal();
    } catch (error) {
      await this.#report(roomId, room, error);
    }
  }

  async #create(given: RoomRecord): Promise<void> {
    this.#checkOpen();
    const record = structuredClone(given);
    // The store decides whether the id is free. Its document stands open from the first moment: what is appended and
    // lost before the first segment is noticed.
    await this.#directory.create(record);
    await this.#engine.rooms.create(record);
    this.#open.add(record.id);
  }

  async #get(id: string): Promise<RoomRecord | null> {
    this.#checkOpen();
    return (await this.#engine.rooms.get(id)) ?? this.#directory.get(id);
  }

  async #update(given: RoomRecord): Promise<void> {
    this.#checkOpen();
    const record = structuredClone(given);
    const before = this.#updates.get(record.id) ?? Promise.resolve();
    const update = before
      .catch(() => {})
      .then(async () => {
        await this.#open.use(record.id, async () => {
          await this.#directory.update(record);
          await this.#engine.rooms.update(record);
        });
      });
    this.#updates.set(record.id, update);
    const forget = () => {
      if (this.#updates.get(record.id) === update) this.#updates.delete(record.id);
    };
    update.then(forget, forget);
    return update;
  }

  async #list(options: ListRoomsOptions): Promise<RoomPage> {
    this.#checkOpen();
    const since = options.idleSince ?? 0;
    return this.#directory.list(options, async (record) => {
      if (record.createdAt >= since) return false;
      const open = this.#open.rooms.get(record.id);
      return (open && open.touchedAt > 0 ? open.touchedAt : await lastTouch(this.#cold, record)) < since;
    });
  }

  async #delete(id: string): Promise<void> {
    this.#checkOpen();
    if (this.#open.isBeingErased(id)) throw roomNotFound(id);
    await this.#open.eraseOnce(id, async () => {
      const marker = await this.#directory.bury(id);
      await this.#erase(id, marker);
    });
  }

  /** Somebody asked for it, and died in the middle; or does it at this moment. What fails is done by the next list. */
  async #finishErasing(id: string): Promise<void> {
    if (this.#closed || this.#open.isBeingErased(id)) return;
    await this.#open
      .eraseOnce(id, async () => {
        const marker = await this.#directory.buryAgain(id);
        if (marker !== null) await this.#erase(id, marker);
      })
      .catch((error: unknown) => this.#options.onError?.({ roomId: id, unflushed: 0, error }));
  }

  /** Everything of a buried room, and its marker last: whoever finds that goes on here. */
  async #erase(id: string, marker: string): Promise<void> {
    const room = await this.#open.end(id);
    if (await this.#engine.rooms.get(id)) await this.#engine.rooms.delete(id);
    await (room ? room.erase() : new LogChain(this.#cold, id).delete());
    await eraseMembers(this.#cold, id);
    await eraseObject(this.#cold, marker);
  }

  async #redact(roomId: string, seq: number, body: LogEntry['body']): Promise<void> {
    return this.#open.use(roomId, (room) => room.redact(seq, body));
  }

  #damaged(roomId: string, damage: Damage): void {
    this.#counts.damagedEntries += damage.last - damage.first + 1;
    this.#options.onDamage?.({ roomId, ...damage });
  }

  async #report(roomId: string, room: ArchivedRoom, error: unknown): Promise<void> {
    this.#counts.failures += 1;
    const { top } = await this.#engine.position(roomId).catch(() => ({ top: room.flushed }));
    this.#options.onError?.({ roomId, unflushed: top - room.flushed, error });
  }

  #checkOpen(): void {
    if (this.#closed) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The archived engine was closed.');
  }
}
