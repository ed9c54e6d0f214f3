import type { LogEntry } from '@colloquy/live-protocol';
import { isNotHere } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { EngineMeasurement } from '../metrics/measurement.ts';
import type { Clock } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type { HotRooms } from '../ports/hot-rooms.ts';
import type { ClientNumber, RoomEngine } from '../ports/room-engine.ts';
import { randomId } from '../random-id.ts';
import { ClientTable, clientsFromLog } from './client-table.ts';
import { type FlushOptions, FlushTimer } from './flush-timer.ts';
import type { LogChain } from './log-chain.ts';
import { LogWriter } from './log-writer.ts';
import { readDocument, setSeal } from './room-document.ts';

/** What an {@link AttendedRoom} is made of. */
export interface AttendedRoomParts {
  readonly roomId: string;
  readonly engine: RoomEngine;
  readonly hot: HotRooms;
  readonly cold: ColdStore;
  readonly chain: LogChain;
  readonly clock: Clock;
  readonly flush: Required<FlushOptions>;
  /** Has the room open again. @throws RoomCoreError `ERR_ROOM_NOT_FOUND` */
  readonly reopen: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly onFlushed: (seq: number) => void;
  readonly onMeasured: (measurement: EngineMeasurement) => void;
  /** There is nothing to do about it any more: it rests, or was deleted. */
  readonly onOver: () => void;
}

/** How often what was read turns out to be overtaken before a flush gives up. */
const ATTEMPTS = 5;

/** A room in a shared engine whose entries this server stores, whoever wrote them. */
export class AttendedRoom {
  readonly #parts: AttendedRoomParts;
  readonly #timer: FlushTimer;
  readonly #writer: LogWriter;
  readonly #stop: () => void;
  #isKnown = false;
  #top = 0;
  #touchedAt = 0;
  #flushing: Promise<void> | null = null;
  #compacting = false;
  #isOver = false;

  constructor(parts: AttendedRoomParts) {
    this.#parts = parts;
    this.#timer = new FlushTimer(parts.clock, parts.flush, () => void this.#due());
    this.#writer = new LogWriter({
      ...parts,
      epochs: async () => (await parts.engine.position(parts.roomId)).epochs,
      clientsAfter: (entries) => this.#clientsAfter(entries),
    });
    this.#stop = parts.engine.subscribe(parts.roomId, ({ seq, ts }) => this.note(seq, ts));
    // How far it is, and whether anything waits, is looked at first.
    this.#timer.entryWaits(1);
  }

  /** Number of the last entry that is stored, as far as this server knows. */
  get flushed(): number {
    return this.#parts.chain.tip.last;
  }

  get waiting(): number {
    return this.#isKnown ? Math.max(0, this.#top - this.flushed) : 0;
  }

  /** How long the oldest entry that is not stored has waited, in milliseconds. */
  get waitingMs(): number {
    return this.waiting > 0 ? this.#timer.waitingMs : 0;
  }

  get touchedAt(): number {
    return this.#touchedAt;
  }

  /** Somebody has written to it. */
  note(seq: number, ts: number): void {
    if (this.#isOver || seq <= this.#top) return;
    this.#top = seq;
    this.#touchedAt = ts;
    this.#timer.entryWaits(Math.max(1, this.waiting));
  }

  /** Stores everything that was appended before this call. @throws RoomCoreError */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  /**
   * Puts the room to rest if everything is stored and nobody runs it: the engine takes nothing more, then the store has the
   * seal, then the engine forgets it. Where this ends in between, whoever opens it next undoes it.
   *
   * @returns whether it rests. @throws RoomCoreError
   */
  async rest(): Promise<boolean> {
    const { chain, clock, cold, engine, hot, roomId } = this.#parts;
    const { last } = chain.tip;
    const token = randomId();
    // By this version: whoever breaks the seal from now on changes it.
    const stored = await readDocument(cold, roomId);
    if (!stored?.document.record) return true;
    const { epoch } = await engine.position(roomId);
    if (this.#isOver || !(await hot.rest(roomId, { token, epoch, top: last }))) return false;
    if (!(await setSeal(cold, stored, { lastSeq: last, ts: clock.now() }))) {
      await hot.wake(roomId, token);
      return false;
    }
    return hot.unload(roomId, token);
  }

  /** Nothing is stored from now on. */
  end(): void {
    this.#isOver = true;
    this.#timer.cancel();
    this.#stop();
  }

  async #due(): Promise<void> {
    const { onError, onOver } = this.#parts;
    try {
      const wasIdle = this.#isKnown && this.waiting === 0;
      const before = this.#top;
      await this.flush();
      if (this.#isOver) return;
      if (wasIdle && this.#top === before && (await this.rest())) return onOver();
      if (this.#isOver) return;
      await this.#compact();
      if (!this.#isOver && this.waiting === 0) this.#timer.flushed();
    } catch (error) {
      if (this.#isOver) return;
      onError(error);
      this.#timer.failed();
    }
  }

  async #flush(): Promise<void> {
    const { engine, onFlushed, onOver, reopen, roomId } = this.#parts;
    for (let attempt = 1; !this.#isOver; attempt += 1) {
      try {
        if (!this.#isKnown) await this.#getToKnow();
        this.#top = (await engine.position(roomId)).top;
        if (this.waiting === 0) break;
        const outcome = await this.#writer.storeNext();
        if (outcome === 'stored') {
          attempt = 0;
          onFlushed(this.flushed);
          if (await this.#isDeleted()) return onOver();
          continue;
        }
        await this.#overtaken();
      } catch (error) {
        if (!isNotHere(error)) throw error;
        // Without it there, in neither of them, there is nothing to store.
        await reopen().catch((why: unknown) => {
          if (isNotHere(why)) onOver();
          throw why;
        });
        this.#isKnown = false;
      }
      if (attempt >= ATTEMPTS) {
        throw new RoomCoreError('ERR_STORE_UNAVAILABLE', `The log of room "${roomId}" changes all the time.`);
      }
    }
    if (!this.#isOver) this.#timer.flushed();
  }

  /** The stored log goes on otherwise than the entries that were read. */
  async #overtaken(): Promise<void> {
    const { chain, hot, roomId } = this.#parts;
    await this.#getToKnow();
    const { room } = await hot.look(roomId);
    // Somebody claimed an epoch for a room that was open meanwhile: only another epoch makes that good.
    if (room?.state === 'open' && room.epoch < chain.tip.epoch) await hot.doubt(roomId, room.epoch);
  }

  async #getToKnow(): Promise<void> {
    const { chain, hot, reopen, roomId } = this.#parts;
    const { room } = await hot.look(roomId);
    // It was there before there was a store behind it.
    if (room && !room.isStored) await reopen();
    await chain.refresh();
    this.#isKnown = true;
  }

  /** What clients have written behind the last of these entries is not stored with them: it would never be sent again. */
  async #clientsAfter(entries: readonly LogEntry[]): Promise<readonly ClientNumber[]> {
    const { chain, clock, hot, roomId } = this.#parts;
    const last = entries.at(-1);
    const { top, epoch, clients } = await hot.clients(roomId);
    if (top === last?.seq && epoch === last.epoch) return new ClientTable(clients).list(clock.now());
    // From the log alone: of an attempt that failed nothing may be left, since its entries may be lost since.
    return clientsFromLog(chain, entries, clock);
  }

  /** What was stored while somebody deleted the room is deleted as well. */
  async #isDeleted(): Promise<boolean> {
    const { chain, cold, roomId } = this.#parts;
    if ((await readDocument(cold, roomId))?.document.record) return false;
    await chain.delete();
    return true;
  }

  /** What fails here is reported and tried again after the next flush: everything is stored already. */
  async #compact(): Promise<void> {
    if (this.#compacting) return;
    this.#compacting = true;
    try {
      await this.#parts.chain.compact();
    } catch (error) {
      this.#parts.onError(error);
    } finally {
      this.#compacting = false;
    }
  }
}
