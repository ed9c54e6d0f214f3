import { roomNotFound } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { EngineMeasurement } from '../metrics/measurement.ts';
import { openOnce } from '../open-once.ts';
import type { Clock } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type { RoomEngine, RoomRecord } from '../ports/room-engine.ts';
import { randomId } from '../random-id.ts';
import type { ArchivedDirectory } from './archived-directory.ts';
import { ArchivedRoom } from './archived-room.ts';
import { awaken } from './awaken.ts';
import { ClientTable } from './client-table.ts';
import type { Damage } from './damage.ts';
import type { FlushOptions } from './flush-timer.ts';
import { LogChain } from './log-chain.ts';
import { readDocument } from './room-document.ts';

/** What {@link OpenRooms} are made of. */
export interface OpenRoomsOptions {
  readonly engine: RoomEngine;
  readonly cold: ColdStore;
  readonly clock: Clock;
  readonly directory: ArchivedDirectory;
  readonly flush: Required<FlushOptions>;
  /** @throws RoomCoreError once everything is closed. */
  readonly checkOpen: () => void;
  /** Whether the record of a room is being changed, so that it has to stay. */
  readonly isInUse: (roomId: string) => boolean;
  readonly onDamage: (roomId: string, damage: Damage) => void;
  readonly onError: (roomId: string, room: ArchivedRoom, error: unknown) => void;
  readonly onFlushed: (roomId: string, seq: number) => void;
  readonly onMeasured: (roomId: string, measurement: EngineMeasurement) => void;
  /** The engine has not freed a room that left memory. */
  readonly onNotUnloaded: (roomId: string, error: unknown) => void;
}

/** The rooms of an engine that a store stands behind: read back from it when they are wanted, out of memory when nobody is there. */
export class OpenRooms {
  readonly #options: OpenRoomsOptions;
  readonly #opening = new Map<string, Promise<ArchivedRoom>>();
  readonly #rooms = new Map<string, ArchivedRoom>();
  /** Rooms that somebody listens to stay open: what ends their listening, each. */
  readonly #listeners = new Map<string, Set<() => void>>();
  /** Rooms that are being deleted, and that leave memory. */
  readonly #erasing = new Map<string, Promise<void>>();
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #serverId = randomId();
  #isClosing = false;

  constructor(options: OpenRoomsOptions) {
    this.#options = options;
  }

  /** Those that are open now. */
  get rooms(): ReadonlyMap<string, ArchivedRoom> {
    return this.#rooms;
  }

  /** Takes in a room that was just made. */
  add(roomId: string): void {
    this.#adopt(roomId, this.#chainOf(roomId), new ClientTable(), false, 0);
  }

  /**
   * Calls `work` with a room that stays open meanwhile.
   * @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, and of the store.
   */
  async use<T>(roomId: string, work: (room: ArchivedRoom) => Promise<T>): Promise<T> {
    for (;;) {
      const room = await this.#room(roomId);
      if (room.isOver && this.#rooms.get(roomId) === room) this.#putOut(roomId, room);
      const release = room.hold();
      // It left memory since.
      if (!release) continue;
      try {
        return await work(room);
      } finally {
        release();
      }
    }
  }

  /** Somebody listens to a room, until `stop`. @returns what ends it */
  listenedTo(roomId: string, stop: () => void): () => void {
    const listeners = this.#listeners.get(roomId) ?? new Set();
    this.#listeners.set(roomId, listeners.add(stop));
    return () => {
      stop();
      listeners.delete(stop);
      if (listeners.size === 0 && this.#listeners.get(roomId) === listeners) this.#listeners.delete(roomId);
    };
  }

  isBeingErased(roomId: string): boolean {
    return this.#erasing.has(roomId);
  }

  /** Whoever wants the room meanwhile waits for `work`. */
  eraseOnce(roomId: string, work: () => Promise<void>): Promise<void> {
    const erasing = work().finally(() => this.#erasing.delete(roomId));
    this.#erasing.set(roomId, erasing);
    return erasing;
  }

  /** Ends a room that is being erased. @returns `null` where it is not open. */
  async end(roomId: string): Promise<ArchivedRoom | null> {
    const room = (await this.#opening.get(roomId)?.catch(() => null)) ?? null;
    room?.end();
    this.#opening.delete(roomId);
    this.#rooms.delete(roomId);
    return room;
  }

  /** No room leaves memory from now on; resolves when none is on its way in or out. */
  async settled(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled([this.#opening, this.#erasing, this.#leaving].flatMap((map) => [...map.values()]));
  }

  /** @returns whether the room leaves memory. */
  #evict(roomId: string, room: ArchivedRoom): boolean {
    const isWanted = this.#listeners.has(roomId) || this.#options.isInUse(roomId);
    if (this.#isClosing || !room.isIdle || isWanted) return false;
    this.#putOut(roomId, room);
    return true;
  }

  #putOut(roomId: string, room: ArchivedRoom): void {
    const { engine, onNotUnloaded } = this.#options;
    room.end();
    this.#opening.delete(roomId);
    this.#rooms.delete(roomId);
    const unloaded = engine.unload?.(roomId) ?? Promise.resolve();
    const leaving = unloaded
      .catch((error: unknown) => onNotUnloaded(roomId, error))
      .finally(() => this.#leaving.delete(roomId));
    this.#leaving.set(roomId, leaving);
  }

  /** @throws RoomCoreError `ERR_ROOM_NOT_FOUND`, and of the store. */
  #room(roomId: string): Promise<ArchivedRoom> {
    this.#options.checkOpen();
    const erasing = this.#erasing.get(roomId);
    // Where the store refuses, it is not deleted.
    if (erasing) return erasing.catch(() => {}).then(() => this.#room(roomId));
    return openOnce(this.#opening, roomId, (id) => this.#open(id));
  }

  async #open(roomId: string): Promise<ArchivedRoom> {
    const { clock, cold, engine, onDamage } = this.#options;
    await this.#leaving.get(roomId);
    const known = await engine.rooms.get(roomId);
    if (known) return this.#reopen(known);
    const found = await awaken(
      cold,
      roomId,
      () => clock.now(),
      (damage) => onDamage(roomId, damage),
    );
    if (!found) throw roomNotFound(roomId);
    const { chain, restored, sealed } = found;
    await engine.restore?.(restored);
    return this.#adopt(roomId, chain, new ClientTable(restored.clients), sealed, restored.top);
  }

  /** The engine has kept the room, over a restart or since before there was a store behind it. */
  async #reopen(record: RoomRecord): Promise<ArchivedRoom> {
    const { cold, directory, engine } = this.#options;
    const chain = this.#chainOf(record.id);
    const stored = await readDocument(cold, record.id);
    if (!stored) await directory.create(record);
    const tip = await chain.refresh();
    const position = await engine.position(record.id);
    const there = stored?.document.record ?? record;
    if (tip.last > position.top || tip.epoch > position.epoch || there.version > record.version) {
      throw new RoomCoreError(
        'ERR_STORE_UNAVAILABLE',
        `Room ${JSON.stringify(record.id)} is further in the store than in this server's engine, whose data is old. ` +
          'Move the data folder of the engine away: everything is read back from the store.',
      );
    }
    const newest = await chain.lastSegment();
    const clients = new ClientTable(newest?.clients);
    const sealed = stored?.document.sealedAt?.lastSeq === position.top;
    return this.#adopt(record.id, chain, clients, sealed, position.top);
  }

  #adopt(roomId: string, chain: LogChain, clients: ClientTable, sealed: boolean, top: number): ArchivedRoom {
    const { clock, cold, engine, flush, onError, onFlushed, onMeasured } = this.#options;
    const room: ArchivedRoom = new ArchivedRoom({
      ...{ roomId, chain, clients, sealed, top, serverId: this.#serverId },
      ...{ engine, cold, clock, flush },
      onError: (error) => onError(roomId, room, error),
      onFlushed: (seq) => onFlushed(roomId, seq),
      onUnused: () => this.#evict(roomId, room),
      onMeasured: (measurement) => onMeasured(roomId, measurement),
    });
    this.#rooms.set(roomId, room);
    this.#opening.set(roomId, Promise.resolve(room));
    return room;
  }

  #chainOf(roomId: string): LogChain {
    return new LogChain(this.#options.cold, roomId, (damage) => this.#options.onDamage(roomId, damage));
  }
}
