import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { checkReadOptions, isNotHere } from '../engine/checks.ts';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
import type { EngineMeasurement } from '../metrics/measurement.ts';
import type { Clock } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type { HotRooms } from '../ports/hot-rooms.ts';
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
import { randomId } from '../random-id.ts';
import { systemClock } from '../system-clock.ts';
import { atMost } from '../within.ts';
import type { ArchiveMetrics } from './archive-metrics.ts';
import { ArchivedDirectory, type MemberPage } from './archived-directory.ts';
import type { ArchivedEngine, ArchivedEngineOptions } from './archived-engine.ts';
import { Attendance } from './attendance.ts';
import { AttendedRoom } from './attended-room.ts';
import type { Damage } from './damage.ts';
import { eraseMembers, eraseObject } from './erase.ts';
import { DEFAULT_FLUSH } from './flush-timer.ts';
import { lastTouch } from './last-touch.ts';
import { LogChain } from './log-chain.ts';
import { openHot } from './open-hot.ts';
import { ReadChains } from './read-chains.ts';

/** How often a call finds its room gone from the engine before it gives up. */
const ATTEMPTS = 5;

/** A store behind an engine that several servers share: each of them has one of these. */
export class SharedArchive implements ArchivedEngine {
  readonly shared = true;
  readonly rooms: RoomDirectory = {
    create: (record) => this.#create(record),
    get: (id) => this.#get(id),
    update: (record) => this.#update(record),
    list: (options) => this.#list(options),
    delete: (id) => this.#delete(id),
  };
  readonly #options: ArchivedEngineOptions;
  readonly #engine: RoomEngine;
  readonly #hot: HotRooms;
  readonly #cold: ColdStore;
  readonly #clock: Clock;
  readonly #directory: ArchivedDirectory;
  readonly #attendance: Attendance;
  readonly #chains: ReadChains;
  readonly #observers = new Set<(roomId: string, measurement: EngineMeasurement) => void>();
  readonly #opening = new Map<string, { readonly done: Promise<void>; readonly ending: AbortController }>();
  readonly #counts = { flushes: 0, failures: 0, damagedEntries: 0 };
  #closed: Promise<void> | null = null;

  constructor(options: ArchivedEngineOptions, hot: HotRooms) {
    this.#options = options;
    this.#engine = options.engine;
    this.#hot = hot;
    this.#cold = options.cold;
    this.#clock = options.clock ?? systemClock();
    this.#directory = new ArchivedDirectory(
      options.cold,
      () => this.#clock.now(),
      (roomId) => void this.#finishErasing(roomId),
    );
    this.#chains = new ReadChains((roomId) => this.#chainOf(roomId));
    this.#attendance = new Attendance({
      ...{ hot, clock: this.#clock, serverId: randomId() },
      attend: (roomId) => this.#attend(roomId),
      onError: (roomId, error) => this.#report(roomId, error),
    });
  }

  async position(roomId: string): Promise<LogPosition> {
    // The whole log can be read here, whatever the engine holds of it.
    const { epoch, epochs, top } = await this.#use(roomId, () => this.#engine.position(roomId));
    return { epoch, epochs, top };
  }

  async append(roomId: string, entry: NewEntry, options: AppendOptions = {}): Promise<AppendResult> {
    // What is appended is what the caller gave now, however long the room takes to open.
    const copy = structuredClone(entry);
    const result = await this.#use(roomId, () => this.#engine.append(roomId, copy, options));
    if (result.outcome === 'appended') this.#touched(roomId);
    return result;
  }

  async skip(roomId: string, participantId: string, cid: string, options: SkipOptions = {}): Promise<SkipResult> {
    return this.#use(roomId, () => this.#engine.skip(roomId, participantId, cid, options));
  }

  /** Which epoch comes next, the store says. */
  async startEpoch(roomId: string, epoch: number): Promise<LogPosition> {
    await this.#use(roomId, async () => {
      const position = await this.#engine.position(roomId);
      if (position.epoch !== epoch) return;
      await this.#hot.doubt(roomId, epoch);
      await this.#open(roomId);
    });
    this.#touched(roomId);
    return this.position(roomId);
  }

  async read(roomId: string, options: ReadOptions): Promise<readonly LogEntry[]> {
    checkReadOptions(options);
    const { from, limit, to = Number.MAX_SAFE_INTEGER } = options;
    return this.#use(roomId, async () => {
      for (;;) {
        const { oldest = 1, top } = await this.#engine.position(roomId);
        const last = Math.min(to, from + limit - 1, top);
        const stored = from < oldest ? await this.#chains.read(roomId, from, Math.min(last, oldest - 1)) : [];
        const next = Math.max(from, oldest);
        if (last < next) return stored;
        const newer = await this.#engine.read(roomId, { from: next, to: last, limit: limit - stored.length });
        // Otherwise it left the engine in between, and came back with less of its log.
        if (newer[0]?.seq === next) return [...stored, ...newer];
      }
    });
  }

  async redact(roomId: string, seq: number, body: LogEntry['body']): Promise<void> {
    const copy = structuredClone(body);
    await this.#use(roomId, async () => {
      const room = this.#attendance.rooms.get(roomId) ?? this.#attend(roomId);
      try {
        // Once it is stored nothing on its way there can bring the old words back.
        await room.flush();
        await this.#chainOf(roomId).redactStored(seq, copy);
      } finally {
        if (this.#attendance.rooms.get(roomId) !== room) room.end();
      }
      const { oldest = 1 } = await this.#engine.position(roomId);
      if (seq >= oldest) await this.#engine.redact?.(roomId, seq, copy);
    });
  }

  subscribe(roomId: string, listener: (entry: LogEntry) => void): () => void {
    return this.#engine.subscribe(roomId, listener);
  }

  observe(listener: (roomId: string, measurement: EngineMeasurement) => void): () => void {
    // A wrapper of its own, so that each undo removes one.
    const own: typeof listener = (roomId, measurement) => listener(roomId, measurement);
    this.#observers.add(own);
    return () => this.#observers.delete(own);
  }

  async roomsOf(
    participantId: string,
    options: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<MemberPage> {
    this.#checkOpen();
    return this.#directory.roomsOf(participantId, options.limit ?? 50, options.cursor);
  }

  flushed(roomId: string): number | null {
    return this.#attendance.rooms.get(roomId)?.flushed ?? null;
  }

  metrics(): ArchiveMetrics {
    const rooms = [...this.#attendance.rooms.values()];
    return {
      rooms: rooms.length,
      unflushed: rooms.reduce((sum, { waiting }) => sum + waiting, 0),
      oldestUnflushedMs: Math.max(0, ...rooms.map(({ waitingMs }) => waitingMs)),
      ...this.#counts,
    };
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#attendance.rooms.values()].map((room) => room.flush()));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Whoever asked for these is sent elsewhere; what is stored last may still have a room opened.
    await this.#giveUpOpening();
    await this.#attendance.stop();
    await atMost(
      this.#clock,
      this.#options.closeMs ?? 10_000,
      Promise.all([...this.#attendance.rooms].map((room) => this.#putAway(...room))),
    );
    await this.#giveUpOpening();
    for (const room of this.#attendance.rooms.values()) room.end();
    await this.#engine.close();
    await this.#cold.close();
  }

  async #putAway(roomId: string, room: AttendedRoom): Promise<void> {
    try {
      // Once more where it was given up with the reading back of its room.
      await room.flush().catch((error: unknown) => (isShutDown(error) ? room.flush() : Promise.reject(error)));
      await room.rest();
    } catch (error) {
      this.#report(roomId, error);
    }
    await this.#attendance.leave(roomId);
  }

  async #create(given: RoomRecord): Promise<void> {
    this.#checkOpen();
    const record = structuredClone(given);
    // The store decides whether the id is free. Its document stands open from the first moment: what is appended and
    // lost before the first segment is noticed.
    await this.#directory.create(record);
    await this.#installNew(record);
    this.#touched(record.id);
  }

  /** Nothing can have been written to it before: its first epoch is installed by whoever made it. */
  async #installNew(record: RoomRecord): Promise<void> {
    const { id } = record;
    const token = randomId();
    const { room, run } = await this.#hot.look(id);
    if (room === null && (await this.#hot.lock(id, token, 10_000))) {
      const empty = { record, epochs: [{ epoch: 1, firstSeq: 1 }], top: 0, entries: [], clients: [] };
      const isThere = await this.#hot.install(empty, { token, run, tell: false });
      await this.#hot.unlock(id, token);
      if (isThere) return;
    }
    await this.#open(id);
  }

  async #get(id: string): Promise<RoomRecord | null> {
    this.#checkOpen();
    return (await this.#engine.rooms.get(id)) ?? this.#directory.get(id);
  }

  async #update(given: RoomRecord): Promise<void> {
    this.#checkOpen();
    const record = structuredClone(given);
    try {
      await this.#directory.update(record);
    } catch (error) {
      // Somebody has changed it in the store, and may have died before the engine heard of it.
      const newest =
        isRoomCoreError(error) && error.code === 'ERR_ROOM_CONFLICT' && (await this.#directory.get(record.id));
      if (newest) await this.#hot.record(newest);
      throw error;
    }
    await this.#hot.record(record);
  }

  async #list(options: ListRoomsOptions): Promise<RoomPage> {
    this.#checkOpen();
    const since = options.idleSince ?? 0;
    return this.#directory.list(options, async (record) => {
      if (record.createdAt >= since) return false;
      const { room } = await this.#hot.look(record.id);
      return (room ? room.touchedAt : await lastTouch(this.#cold, record)) < since;
    });
  }

  async #delete(id: string): Promise<void> {
    this.#checkOpen();
    const marker = await this.#directory.bury(id);
    await this.#erase(id, marker);
  }

  /** Somebody asked for it, and died in the middle; or does it at this moment. What fails is done by the next list. */
  async #finishErasing(id: string): Promise<void> {
    if (this.#closed) return;
    try {
      const marker = await this.#directory.buryAgain(id);
      if (marker !== null) await this.#erase(id, marker);
    } catch (error) {
      this.#report(id, error);
    }
  }

  /** Everything of a buried room, and its marker last: whoever finds that goes on here. */
  async #erase(id: string, marker: string): Promise<void> {
    await this.#hot.erase(id);
    await this.#attendance.leave(id);
    this.#chains.forget(id);
    await new LogChain(this.#cold, id).delete();
    await eraseMembers(this.#cold, id);
    await eraseObject(this.#cold, marker);
  }

  /** Calls `work` with a room that is open in the engine; again when it was not. */
  async #use<T>(roomId: string, work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isNotHere(error) || attempt >= ATTEMPTS) throw error;
        await this.#open(roomId);
      }
    }
  }

  #open(roomId: string): Promise<void> {
    const known = this.#opening.get(roomId);
    if (known) return known.done;
    const ending = new AbortController();
    const parts = {
      ...{ engine: this.#engine, hot: this.#hot, cold: this.#cold, clock: this.#clock, directory: this.#directory },
      onDamage: (room: string, damage: Damage) => this.#damaged(room, damage),
    };
    const done = openHot(parts, roomId, ending.signal)
      .then(() => this.#touched(roomId))
      .finally(() => this.#opening.delete(roomId));
    this.#opening.set(roomId, { done, ending });
    return done;
  }

  /** Resolves when no room is being read back here any more, and other servers may do so. */
  async #giveUpOpening(): Promise<void> {
    const opening = [...this.#opening.values()];
    const why = new RoomCoreError('ERR_SHUT_DOWN', 'The server is stopping; try another one, or again later.');
    for (const { ending } of opening) ending.abort(why);
    await Promise.allSettled(opening.map(({ done }) => done));
  }

  #touched(roomId: string): void {
    if (!this.#closed) void this.#attendance.touched(roomId);
  }

  #attend(roomId: string): AttendedRoom {
    const room: AttendedRoom = new AttendedRoom({
      ...{ roomId, engine: this.#engine, hot: this.#hot, cold: this.#cold, clock: this.#clock },
      chain: this.#chainOf(roomId),
      flush: { ...DEFAULT_FLUSH, ...this.#options.flush },
      reopen: () => this.#open(roomId),
      onError: (error) => this.#report(roomId, error),
      onFlushed: (seq) => {
        this.#counts.flushes += 1;
        this.#options.onFlushed?.({ roomId, seq });
      },
      onMeasured: (measurement) => {
        for (const tell of this.#observers) tell(roomId, measurement);
      },
      onOver: () => {
        if (this.#attendance.rooms.get(roomId) === room) void this.#attendance.leave(roomId);
        else room.end();
      },
    });
    return room;
  }

  #chainOf(roomId: string): LogChain {
    return new LogChain(this.#cold, roomId, (damage) => this.#damaged(roomId, damage));
  }

  #damaged(roomId: string, damage: Damage): void {
    this.#counts.damagedEntries += damage.last - damage.first + 1;
    this.#options.onDamage?.({ roomId, ...damage });
  }

  #report(roomId: string, error: unknown): void {
    this.#counts.failures += 1;
    const unflushed = this.#attendance.rooms.get(roomId)?.waiting ?? 0;
    this.#options.onError?.({ roomId, unflushed, error });
  }

  #checkOpen(): void {
    if (this.#closed) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The archived engine was closed.');
  }
}

function isShutDown(error: unknown): boolean {
  return isRoomCoreError(error) && error.code === 'ERR_SHUT_DOWN';
}
