import { type LogEntry, redactedEntry } from '@colloquy/live-protocol';
import type { Clock, Timer } from '../ports/clock.ts';
import type { EpochStart, LogPosition, RoomEngine } from '../ports/room-engine.ts';
import { type EncodedEntry, encodeEntry, totalLength } from './encoded-entry.ts';
import { endOfEpoch } from './recovery.ts';

/** What a {@link RoomFeed} is made of. */
export interface RoomFeedOptions {
  readonly engine: RoomEngine;
  readonly roomId: string;
  readonly clock: Clock;
  /** Hears of a read that failed; the feed tries again with the next entry or the next check. */
  readonly onError: (error: unknown) => void;
  /** So many entries were read from the log, which the engine's feed had left out. */
  readonly onGap?: (entries: number) => void;
  /** The log goes on in a new epoch: entries above `truncateAfter` that were handed on never were. */
  readonly onEpoch?: (turn: EpochTurn) => void;
}

/** A change of epoch, as those who have read the log need to know it. */
export interface EpochTurn {
  readonly epoch: number;
  readonly truncateAfter: number;
}

/** Entries kept in memory for those who come back. */
const RING_ENTRIES = 1000;
const RING_LENGTH = 1_048_576;
/** How often the top is compared with the engine's: a lost last entry shows by nothing else. */
const CHECK_MS = 10_000;
const READ_ENTRIES = 500;

/**
 * The one subscription of a room to its log. It hands on every entry exactly once and in order, also when the engine's
 * feed loses some: a jump of `seq` is filled from the log first.
 */
export class RoomFeed {
  readonly #options: RoomFeedOptions;
  readonly #listeners = new Set<(entry: EncodedEntry) => void>();
  /** Stretches that are being read. */
  readonly #reading = new Map<string, Promise<readonly EncodedEntry[]>>();
  #ring: EncodedEntry[] = [];
  #ringLength = 0;
  readonly #unsubscribe: () => void;
  #check: Timer | null = null;
  #epoch = 0;
  #epochs: readonly EpochStart[] = [];
  #top = -1;
  /** Highest `seq` anybody has told of. */
  #known = 0;
  #filling = false;
  #closed = false;

  private constructor(options: RoomFeedOptions) {
    this.#options = options;
    this.#unsubscribe = options.engine.subscribe(options.roomId, (entry) => this.offer(entry));
  }

  /** @throws RoomCoreError of the engine. */
  static async open(options: RoomFeedOptions): Promise<RoomFeed> {
    // Subscribed before the position is read: what comes between is noticed as a jump, never missed.
    const feed = new RoomFeed(options);
    try {
      const { epoch, epochs, top } = await options.engine.position(options.roomId);
      feed.#epoch = epoch;
      feed.#epochs = epochs;
      feed.#top = top;
    } catch (error) {
      feed.close();
      throw error;
    }
    feed.#scheduleCheck();
    if (feed.#known > feed.#top) void feed.#fill();
    return feed;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Highest `seq` that was handed on. */
  get top(): number {
    return this.#top;
  }

  /** Highest `seq` that this room was told of; the log has had as much. */
  get seen(): number {
    return Math.max(this.#known, this.#top);
  }

  get position(): LogPosition {
    return { epoch: this.#epoch, top: this.#top, epochs: this.#epochs };
  }

  /** Calls `listener` for every entry from the next one on. @returns the undo. */
  listen(listener: (entry: EncodedEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Takes an entry from the engine's feed or from an own append, whichever is first. */
  offer(entry: LogEntry): void {
    if (this.#closed) return;
    if (entry.epoch < this.#epoch) return;
    this.#known = Math.max(this.#known, entry.seq);
    // Before the position is known, and while a gap is being read, the log itself is the better source.
    if (this.#top < 0 || this.#filling) return;
    if (entry.epoch === this.#epoch && entry.seq === this.#top + 1) this.#accept(entry);
    else if (entry.epoch > this.#epoch || entry.seq > this.#top) void this.#fill();
  }

  /** Takes note that an entry is stored which the engine's feed may have lost. */
  noteStored(epoch: number, seq: number): void {
    if (this.#closed || epoch !== this.#epoch || seq <= this.seen) return;
    this.#known = seq;
    void this.#fill();
  }

  /** Entries `from`…`to`, both inclusive. @throws RoomCoreError of the engine. */
  async read(from: number, to: number): Promise<readonly EncodedEntry[]> {
    if (from > to) return [];
    const oldest = this.#ring[0]?.entry.seq ?? Number.POSITIVE_INFINITY;
    if (from >= oldest) return this.#ring.slice(from - oldest, to - oldest + 1);
    // Many who come back at once have missed the same.
    const range = `${this.#epoch}:${from}:${to}`;
    const known = this.#reading.get(range);
    if (known) return known;
    const reading = this.#read(from, to).finally(() => this.#reading.delete(range));
    this.#reading.set(range, reading);
    return reading;
  }

  async #read(from: number, to: number): Promise<readonly EncodedEntry[]> {
    const epoch = this.#epoch;
    const entries: EncodedEntry[] = [];
    for (let next = from; next <= to; ) {
      const page = await this.#options.engine.read(this.#options.roomId, { from: next, to, limit: READ_ENTRIES });
      entries.push(...page.map(encodeEntry));
      const last = page.at(-1);
      if (!last) break;
      next = last.seq + 1;
    }
    return epoch === this.#epoch ? entries : this.read(from, to);
  }

  /** Compares with the engine's position now: somebody has seen that the log is elsewhere. */
  async check(): Promise<void> {
    if (this.#closed) return;
    const { engine, roomId } = this.#options;
    const { epoch: known, seen: before } = this;
    let position = await engine.position(roomId);
    // What was there is gone from the log, though its epoch is the same: nobody else may have noticed.
    if (position.epoch === known && position.top < before) position = await engine.startEpoch(roomId, known);
    this.#turn(position);
    this.#known = Math.max(this.#known, position.top);
    if (this.#known > this.#top) await this.#fill();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#check?.cancel();
    this.#listeners.clear();
  }

  async #fill(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    const { engine, roomId, onError, onGap } = this.#options;
    let filled = 0;
    try {
      while (!this.#closed && this.#known > this.#top) {
        const epoch = this.#epoch;
        const page = await engine.read(roomId, { from: this.#top + 1, limit: READ_ENTRIES });
        // What was read before a new epoch may not be there any more.
        if (epoch !== this.#epoch) continue;
        const isNewer = page.some(({ epoch }) => epoch > this.#epoch);
        if (page.length === 0) break;
        if (isNewer) this.#turn(await engine.position(roomId));
        else for (const entry of page) this.#accept(entry);
        filled += isNewer ? 0 : page.length;
      }
    } catch (error) {
      onError(error);
    } finally {
      this.#filling = false;
      if (filled > 0) onGap?.(filled);
    }
  }

  #accept(entry: LogEntry): void {
    if (this.#closed || entry.epoch > this.#epoch || entry.seq !== this.#top + 1) return;
    const encoded = encodeEntry(entry);
    this.#top = entry.seq;
    if (entry.kind === 'redact') this.#redact(entry.body.seq);
    this.#keep(encoded);
    for (const listener of [...this.#listeners]) listener(encoded);
  }

  /** Whoever comes back is not given what was taken out meanwhile. */
  #redact(seq: number): void {
    this.#ring = this.#ring.map((kept) => {
      const redacted = kept.entry.seq === seq ? redactedEntry(kept.entry) : null;
      return redacted ? encodeEntry(redacted) : kept;
    });
    this.#ringLength = totalLength(this.#ring);
  }

  /** Goes over to a newer epoch: what was handed on above its beginning is taken back. */
  #turn({ epoch, epochs, top }: LogPosition): void {
    if (this.#closed || epoch <= this.#epoch) return;
    const end = endOfEpoch(this.#epoch, epochs) ?? 0;
    const truncateAfter = Math.min(end, this.#top);
    this.#epoch = epoch;
    this.#epochs = epochs;
    this.#known = top;
    this.#top = truncateAfter;
    this.#ring = this.#ring.filter(({ entry }) => entry.seq <= truncateAfter);
    this.#ringLength = totalLength(this.#ring);
    this.#options.onEpoch?.({ epoch, truncateAfter });
  }

  #keep(encoded: EncodedEntry): void {
    this.#ring.push(encoded);
    this.#ringLength += encoded.json.length;
    while (this.#ring.length > RING_ENTRIES || this.#ringLength > RING_LENGTH) {
      this.#ringLength -= this.#ring.shift()?.json.length ?? 0;
    }
  }

  #scheduleCheck(): void {
    const { clock, onError } = this.#options;
    this.#check = clock.setTimer(CHECK_MS, () => {
      this.check()
        .catch(onError)
        .finally(() => {
          if (!this.#closed) this.#scheduleCheck();
        });
    });
  }
}
