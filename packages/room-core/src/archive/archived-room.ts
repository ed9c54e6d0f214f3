import type { LogEntry, NewEntry } from '@colloquy/live-protocol';
import { roomNotFound } from '../engine/checks.ts';
import { RoomCoreError } from '../errors.ts';
import type { EngineMeasurement } from '../metrics/measurement.ts';
import type { Clock } from '../ports/clock.ts';
import type { ColdStore } from '../ports/cold-store.ts';
import type {
  AppendOptions,
  AppendResult,
  ClientNumber,
  LogPosition,
  RoomEngine,
  SkipOptions,
  SkipResult,
} from '../ports/room-engine.ts';
import type { ClientTable } from './client-table.ts';
import { type FlushOptions, FlushTimer } from './flush-timer.ts';
import type { LogChain } from './log-chain.ts';
import { LogWriter } from './log-writer.ts';
import { changeDocument } from './room-document.ts';

/** What an {@link ArchivedRoom} is made of. */
export interface ArchivedRoomParts {
  readonly roomId: string;
  /** Of the server, and of this start of it. */
  readonly serverId: string;
  readonly engine: RoomEngine;
  readonly cold: ColdStore;
  readonly chain: LogChain;
  readonly clients: ClientTable;
  readonly clock: Clock;
  readonly flush: Required<FlushOptions>;
  readonly sealed: boolean;
  /** Number of the last entry in the engine. */
  readonly top: number;
  readonly onError: (error: unknown) => void;
  readonly onFlushed: (seq: number) => void;
  /** Nobody has used it for long; returns whether it was ended. */
  readonly onUnused: () => boolean;
  readonly onMeasured: (measurement: EngineMeasurement) => void;
}

/**
 * So long a server keeps off a room that another one has gone on with, in milliseconds: one that is on its way out is gone by
 * then, and of two that both stay each stores something before the other takes over.
 */
const KEEP_OFF_MS = 15_000;
/** Numbers without an entry that wait for the next segment; of older ones the store does not hear. */
const MOST_SKIPPED = 10_000;

/** A number that a client used up without an entry, when the log ended at `after`. */
interface Skipped {
  readonly participantId: string;
  readonly cid: string;
  readonly ts: number;
  readonly after: number;
}

/** One room between its engine and the store: what was appended is written behind, the seal is broken before. */
export class ArchivedRoom {
  readonly #parts: ArchivedRoomParts;
  readonly #timer: FlushTimer;
  readonly #writer: LogWriter;
  /** Not in the table of clients yet. */
  #skipped: readonly Skipped[] = [];
  #top: number;
  #touchedAt = 0;
  #sealed: boolean;
  #unsealing: Promise<void> | null = null;
  #flushing: Promise<void> | null = null;
  /** When it turned out that another server goes on with the room, by the monotonic clock. */
  #overtakenAt: number | null = null;
  #compacting = false;
  /** Changes of the engine under way. */
  #appending = 0;
  /** Calls under way, of whatever kind. */
  #users = 0;
  #usedAt: number;
  #ended = false;

  constructor(parts: ArchivedRoomParts) {
    this.#parts = parts;
    this.#top = parts.top;
    this.#sealed = parts.sealed;
    this.#writer = new LogWriter({
      ...parts,
      epochs: async () => (await parts.engine.position(parts.roomId)).epochs,
      clientsAfter: (entries) => this.#clientsAfter(entries),
    });
    this.#timer = new FlushTimer(parts.clock, parts.flush, () => void this.#due());
    this.#usedAt = parts.clock.monotonic();
    if (this.waiting > 0) this.#timer.entryWaits(this.waiting);
    else if (this.#sealed) this.#timer.rests(parts.flush.evictAfterMs);
    else this.#timer.flushed();
  }

  /** Number of the last entry that is stored. */
  get flushed(): number {
    return this.#parts.chain.tip.last;
  }

  /** Entries that are not stored yet. */
  get waiting(): number {
    return this.#top - this.flushed;
  }

  /** How long the oldest of them has waited, in milliseconds. */
  get waitingMs(): number {
    return this.waiting > 0 ? this.#timer.waitingMs : 0;
  }

  /** Milliseconds since the epoch; 0 while nothing was appended here. */
  get touchedAt(): number {
    return this.#touchedAt;
  }

  /** Whether everything is stored and put to rest, and nobody is about to change that. */
  get isIdle(): boolean {
    return this.#sealed && !this.#unsealing && !this.#flushing && !this.#compacting && this.#users === 0;
  }

  /** Another server went on with the room, and had time to end: it may be read again. */
  get isOver(): boolean {
    return this.#overtakenAt !== null && this.#parts.clock.monotonic() - this.#overtakenAt >= KEEP_OFF_MS;
  }

  /** Keeps the room open until the returned function is called; `null` for one that has ended. */
  hold(): (() => void) | null {
    if (this.#ended) return null;
    this.#users += 1;
    return () => {
      this.#users -= 1;
      this.#usedAt = this.#parts.clock.monotonic();
    };
  }

  /** @throws RoomCoreError of the engine, or of the store where the seal cannot be broken. */
  async append(entry: NewEntry, options: AppendOptions): Promise<AppendResult> {
    return this.#change(async (engine, roomId) => {
      const result = await engine.append(roomId, entry, options);
      if (result.outcome === 'appended') {
        this.#note(result.entry.seq, result.entry.ts);
      }
      return result;
    });
  }

  async skip(participantId: string, cid: string, options: SkipOptions): Promise<SkipResult> {
    return this.#change(async (engine, roomId) => {
      const result = await engine.skip(roomId, participantId, cid, options);
      if (result.outcome === 'skipped') {
        const skipped = { participantId, cid, ts: this.#parts.clock.now(), after: this.#top };
        this.#skipped = [...this.#skipped, skipped].slice(-MOST_SKIPPED);
      }
      return result;
    });
  }

  async startEpoch(epoch: number): Promise<LogPosition> {
    return this.#change(async (engine, roomId) => {
      const position = await engine.startEpoch(roomId, epoch);
      if (position.top > this.#top) this.#note(position.top, this.#parts.clock.now());
      return position;
    });
  }

  /** Entries `from`…`to`, both inclusive, at most `limit`: older ones from the store, newer ones from the engine. */
  async read(from: number, to: number, limit: number): Promise<readonly LogEntry[]> {
    const { chain, engine, roomId } = this.#parts;
    const { oldest = 1 } = await engine.position(roomId);
    const last = Math.min(to, from + limit - 1);
    const stored = from < oldest ? await chain.read(from, Math.min(last, oldest - 1)) : [];
    if (last < oldest) return stored;
    const newer = await engine.read(roomId, { from: Math.max(from, oldest), to: last, limit: limit - stored.length });
    return [...stored, ...newer];
  }

  /**
   * Replaces the body of an entry for good, in the store and in the engine. What waits is stored first: from then on
   * nothing on its way can bring the old one back.
   *
   * @throws RoomCoreError `ERR_ROOM_INPUT` for an entry that is not here, and of the store; then it can be tried again.
   */
  async redact(seq: number, body: LogEntry['body']): Promise<void> {
    const { chain, engine, roomId } = this.#parts;
    await this.flush();
    if (this.#overtakenAt !== null) throw overtaken(roomId);
    await chain.redact(seq, body);
    const { oldest = 1 } = await engine.position(roomId);
    if (seq >= oldest) await engine.redact?.(roomId, seq, body);
  }

  /**
   * Stores everything that was appended before this call. Calls made meanwhile share one attempt.
   *
   * @throws RoomCoreError of the store.
   */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  /**
   * Puts the room to rest if everything is stored and nothing is being appended: it opens again without a new epoch.
   *
   * @throws RoomCoreError of the store.
   */
  async seal(): Promise<void> {
    if (this.#sealed || this.#overtakenAt !== null || this.waiting > 0 || this.#appending > 0) return;
    const { chain, clock, cold, roomId } = this.#parts;
    const sealedAt = { lastSeq: chain.tip.last, ts: clock.now() };
    // From here on whatever is appended breaks the seal first, and waits until it stands.
    this.#sealed = true;
    this.#unsealing = changeDocument(cold, roomId, (document) => ({ ...document, sealedAt })).then(() => {});
    try {
      await this.#unsealing;
    } finally {
      // Where it failed nobody knows whether it stands: it is broken again before the next append.
      this.#unsealing = null;
    }
  }

  /** Nothing is stored from now on. */
  end(): void {
    this.#ended = true;
    this.#timer.cancel();
  }

  /** Deletes what is stored of an ended room's log, after whatever is on its way there. */
  async erase(): Promise<void> {
    await this.#flushing?.catch(() => {});
    await this.#parts.chain.delete();
  }

  async #change<T>(change: (engine: RoomEngine, roomId: string) => Promise<T>): Promise<T> {
    await this.#unseal();
    this.#appending += 1;
    try {
      return await change(this.#parts.engine, this.#parts.roomId);
    } finally {
      this.#appending -= 1;
    }
  }

  /** Before anything is appended to a room at rest, its document says that it may be written to. */
  async #unseal(): Promise<void> {
    while (this.#unsealing) await this.#unsealing.catch(() => {});
    if (this.#overtakenAt !== null) throw overtaken(this.#parts.roomId);
    if (!this.#sealed) return;
    this.#unsealing = this.#breakSeal()
      .then(() => {
        this.#sealed = false;
      })
      .finally(() => {
        this.#unsealing = null;
      });
    await this.#unsealing;
  }

  /** One server breaks a seal: another that has read the same log must not write to it in the same epoch. */
  async #breakSeal(): Promise<void> {
    const { cold, roomId, serverId } = this.#parts;
    let isOurs = true;
    const changed = await changeDocument(cold, roomId, (document) => {
      // One's own doing, when its answer was lost.
      if (document.sealedAt === null && document.openedBy === serverId) return null;
      isOurs = document.sealedAt?.lastSeq === this.#top;
      return isOurs ? { ...document, sealedAt: null, openedBy: serverId } : null;
    });
    if (!changed?.record) throw roomNotFound(roomId);
    if (!isOurs) throw this.#overtake();
  }

  #overtake(): RoomCoreError {
    this.#overtakenAt ??= this.#parts.clock.monotonic();
    return overtaken(this.#parts.roomId);
  }

  #note(seq: number, ts: number): void {
    this.#top = Math.max(this.#top, seq);
    this.#touchedAt = ts;
    this.#timer.entryWaits(this.waiting);
  }

  async #due(): Promise<void> {
    try {
      if (this.waiting > 0) await this.flush();
      else if (this.#sealed) return this.#rest();
      else await this.seal();
      await this.#compact();
      if (this.waiting > 0) return;
      if (this.#sealed) this.#rest();
      // Somebody was about to write: it is looked at again.
      else if (!this.#ended) this.#timer.flushed();
    } catch (error) {
      if (this.#ended) return;
      this.#parts.onError(error);
      if (this.#overtakenAt !== null) this.#timer.cancel();
      else this.#timer.failed();
    }
  }

  /** After a while in which nobody has used it, it need not be open. */
  #rest(): void {
    if (this.#ended) return;
    const { clock, flush, onUnused } = this.#parts;
    const left = this.#usedAt + flush.evictAfterMs - clock.monotonic();
    if (left <= 0 && onUnused()) return;
    this.#timer.rests(left > 0 ? left : flush.evictAfterMs);
  }

  /** What fails here is reported and tried again after the next flush: everything is stored already. */
  async #compact(): Promise<void> {
    if (this.#compacting || this.#ended) return;
    this.#compacting = true;
    try {
      await this.#parts.chain.compact();
    } catch (error) {
      this.#parts.onError(error);
    } finally {
      this.#compacting = false;
    }
  }

  async #flush(): Promise<void> {
    const { onFlushed, roomId } = this.#parts;
    while (this.waiting > 0 && !this.#ended) {
      const outcome = await this.#writer.storeNext();
      if (outcome === 'overtaken') throw this.#overtake();
      if (outcome === 'nothing') {
        throw new RoomCoreError('ERR_STORE_UNAVAILABLE', `The engine lost entries of room "${roomId}".`);
      }
      onFlushed(this.flushed);
    }
    if (!this.#ended) this.#timer.flushed();
  }

  /** What clients have written behind the last of these entries is not stored with them: it would never be sent again. */
  #clientsAfter(entries: readonly LogEntry[]): readonly ClientNumber[] {
    const { clients, clock } = this.#parts;
    for (const entry of entries) clients.noteEntry(entry);
    const last = entries.at(-1)?.seq ?? 0;
    const isDue = (skipped: Skipped) => skipped.after <= last;
    for (const { participantId, cid, ts } of this.#skipped.filter(isDue)) clients.note(participantId, cid, ts);
    this.#skipped = this.#skipped.filter((skipped) => !isDue(skipped));
    return clients.list(clock.now());
  }
}

function overtaken(roomId: string): RoomCoreError {
  return new RoomCoreError(
    'ERR_STORE_UNAVAILABLE',
    `Another server goes on with room ${JSON.stringify(roomId)} in the same store; it is read again in ${KEEP_OFF_MS / 1000} s. Let one server use a store.`,
  );
}
