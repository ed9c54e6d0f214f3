import type { NewEntry, ResumePoint } from '@colloquy/live-protocol';
import { RoomCoreError } from '../errors.ts';
import { type EncodedEntry, newestWithin, totalLength } from '../log/encoded-entry.ts';
import {
  endOfEpoch,
  MAX_PAGE_LENGTH,
  MAX_RECOVERED_LENGTH,
  planRecovery,
  planTail,
  type RecoveryPlan,
} from '../log/recovery.ts';
import { type EpochTurn, RoomFeed } from '../log/room-feed.ts';
import type { RoomMeasurement } from '../metrics/measurement.ts';
import { readHistoryTurns } from '../model/history-turns.ts';
import type { Clock } from '../ports/clock.ts';
import type { HistoryTurn } from '../ports/model-session.ts';
import type { AppendResult, RoomEngine, SkipResult } from '../ports/room-engine.ts';
import type { RoomLease } from '../ports/room-node.ts';

/** What a {@link RoomLog} is made of. */
export interface RoomLogOptions {
  readonly engine: RoomEngine;
  readonly roomId: string;
  readonly clock: Clock;
  /** Hears of what failed with nobody waiting for it. */
  readonly onError: (stage: 'append' | 'feed', error: unknown) => void;
  /** What was handed out above `truncateAfter` never was. */
  readonly onEpoch?: (turn: EpochTurn) => void;
  readonly onMeasured?: (measurement: RoomMeasurement) => void;
  /** The room is run under this lease; what is written once it is over is refused. */
  readonly lease?: RoomLease | null;
  /** The lease is over. */
  readonly onFenced?: () => void;
}

/** How often an append follows the log into a newer epoch. */
const EPOCH_ATTEMPTS = 3;

/** What became of an append, once caller and log agreed on the epoch. */
export type StoredResult = Exclude<AppendResult, ElsewhereResult | { readonly outcome: 'fenced' }>;

type ElsewhereResult = Extract<AppendResult, { readonly outcome: 'epoch' | 'regressed' }>;

/** What a newcomer is told of the log. */
export interface CatchUp {
  readonly plan: RecoveryPlan;
  readonly entries: readonly EncodedEntry[];
  /** Worth nothing in another one. */
  readonly epoch: number;
  /** Up to where `entries` go: what was handed out above it comes after them. */
  readonly top: number;
}

/** The log of one room: what was written, what is being written, and what comes. */
export class RoomLog {
  readonly #options: RoomLogOptions;
  readonly #feed: RoomFeed;
  /** Entries of the room's own on their way to the store. */
  readonly #writes = new Set<Promise<unknown>>();

  private constructor(options: RoomLogOptions, feed: RoomFeed) {
    this.#options = options;
    this.#feed = feed;
  }

  /** @throws RoomCoreError of the engine. */
  static async open(options: RoomLogOptions): Promise<RoomLog> {
    const { clock, engine, onEpoch, onError, onMeasured, roomId } = options;
    const feed = await RoomFeed.open({
      ...{ engine, roomId, clock, onEpoch: (turn) => onEpoch?.(turn) },
      onGap: (entries) => onMeasured?.({ type: 'gap', entries }),
      onError: (error) => onError('feed', error),
    });
    return new RoomLog(options, feed);
  }

  get epoch(): number {
    return this.#feed.epoch;
  }

  /** Highest `seq` that was handed out. */
  get top(): number {
    return this.#feed.top;
  }

  /** Calls `listener` for every entry from the next one on. @returns the undo. */
  listen(listener: (entry: EncodedEntry) => void): () => void {
    return this.#feed.listen(listener);
  }

  /** Entries `from`…`to`, both inclusive. */
  read(from: number, to: number): Promise<readonly EncodedEntry[]> {
    return this.#feed.read(from, to);
  }

  /** What a client gets that was here until `resume`: everything it missed, or the newest page. */
  async catchUp(resume: ResumePoint | undefined): Promise<CatchUp> {
    // Of a client that is ahead of the log, the log may be wrong as well.
    if (resume && resume.epoch === this.epoch && resume.seq > this.top) await this.#feed.check();
    const { epoch, position, top } = this.#feed;
    const plan = planRecovery(resume, position);
    const entries = await this.#feed.read(plan.from, top);
    if (plan.recovered && totalLength(entries) <= MAX_RECOVERED_LENGTH) return { plan, entries, epoch, top };
    const tail = plan.recovered ? planTail(top) : plan;
    const page = newestWithin(plan.recovered ? await this.#feed.read(tail.from, top) : entries, MAX_PAGE_LENGTH);
    return { plan: { ...tail, from: page[0]?.entry.seq ?? tail.from }, entries: page, epoch, top };
  }

  /** The last `count` messages below `before`, as turns of a conversation. */
  turns(before: number, count: number): Promise<readonly HistoryTurn[]> {
    const read = async (from: number, to: number) => (await this.#feed.read(from, to)).map(({ entry }) => entry);
    return readHistoryTurns(read, { before: Math.min(before, this.top + 1), count });
  }

  async append(entry: NewEntry): Promise<StoredResult> {
    try {
      return await this.#append(entry);
    } catch (error) {
      this.#options.onMeasured?.({ type: 'append', outcome: 'failed', ms: 0 });
      throw error;
    }
  }

  async #append(entry: NewEntry): Promise<StoredResult> {
    const { clock, engine, lease, onFenced, onMeasured, roomId } = this.#options;
    for (let attempt = 1; attempt <= EPOCH_ATTEMPTS; attempt += 1) {
      const { epoch } = this;
      const askedAt = clock.monotonic();
      const expected = { epoch, minSeq: this.#feed.seen, ...(lease && { lease }) };
      const result = await engine.append(roomId, entry, expected);
      onMeasured?.({ type: 'append', outcome: result.outcome, ms: clock.monotonic() - askedAt });
      if (result.outcome === 'fenced') {
        onFenced?.();
        throw new RoomCoreError('ERR_SHUT_DOWN', 'Another server runs this room now; connect again.');
      }
      if (isElsewhere(result)) {
        await this.#feed.check();
      } else if (epoch === this.epoch || !this.#mayBeLost(result)) {
        // An engine whose feed is slow, or loses entries, does not keep this room's own ones from its people.
        if (result.outcome === 'appended') this.#feed.offer(result.entry);
        if (result.outcome === 'duplicate') this.#feed.noteStored(epoch, result.seq ?? 0);
        return result;
      }
      // Texts that its client wrote before may be lost too, and have to come first.
      if (entry.cid !== undefined) {
        throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The log began a new epoch meanwhile; send it again.');
      }
    }
    throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The log changes its epoch all the time; try again later.');
  }

  /** Whether an answer from before the epoch changed is worth nothing any more. */
  #mayBeLost(result: StoredResult): boolean {
    if (result.outcome !== 'appended') return true;
    const end = endOfEpoch(result.entry.epoch, this.#feed.position.epochs);
    return result.entry.epoch < this.epoch && (end === null || result.entry.seq > end);
  }

  /** Appends an entry of the room's own, which nobody waits for. */
  write(entry: NewEntry): void {
    const write: Promise<unknown> = this.append(entry)
      .catch((error: unknown) => this.#options.onError('append', error))
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  skip(participantId: string, cid: string): Promise<SkipResult> {
    const { engine, roomId } = this.#options;
    return engine.skip(roomId, participantId, cid);
  }

  /** Resolves when everything written so far is stored, or has failed. */
  async written(): Promise<void> {
    await Promise.all(this.#writes);
  }

  close(): void {
    this.#feed.close();
  }
}

/** Whether the log is not where the feed of this room stands. */
function isElsewhere(result: AppendResult): result is ElsewhereResult {
  return result.outcome === 'epoch' || result.outcome === 'regressed';
}
