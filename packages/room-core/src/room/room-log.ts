import type { LogEntry, NewEntry, ResumePoint } from '@colloquy/live-protocol';
import { isRoomCoreError, RoomCoreError } from '../errors.ts';
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
import { OwnEntries } from './own-entries.ts';

/** What a {@link RoomLog} is made of. */
export interface RoomLogOptions {
  readonly engine: RoomEngine;
  readonly roomId: string;
  readonly clock: Clock;
  /** Hears of what failed with nobody waiting for it. */
  readonly onError: (stage: 'append' | 'feed', error: unknown) => void;
  /** So many entries of the room's own will never stand in the log. */
  readonly onLost?: (count: number) => void;
  /** What was handed out above `truncateAfter` never was. */
  readonly onEpoch?: (turn: EpochTurn) => void;
  readonly onMeasured?: (measurement: RoomMeasurement) => void;
  /** The server stops: what could not be stored by then is given up. */
  readonly signal?: AbortSignal;
  /** The room is run under this lease; what is written once it is over is refused. */
  readonly lease?: RoomLease | null;
  /** The lease is over. */
  readonly onFenced?: () => void;
}

/** How often an append follows the log into a newer epoch. */
const EPOCH_ATTEMPTS = 3;

/** The next number after nothing. */
const NOT_THERE: StoredResult = { outcome: 'gap', expected: 1 };

/** What became of an append, once caller and log agreed on the epoch. */
export type StoredResult = Exclude<AppendResult, ElsewhereResult | { readonly outcome: 'fenced' }>;

/** What became of a number that is used up. */
export type SkippedResult = Exclude<SkipResult, ElsewhereResult>;

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
  readonly #own: OwnEntries;

  private constructor(options: RoomLogOptions, feed: RoomFeed) {
    this.#options = options;
    this.#feed = feed;
    this.#own = new OwnEntries({
      clock: options.clock,
      append: (entry) => this.#measured(entry, { isOwn: true }),
      isLost: (place) => this.#isLost(place),
      onError: (error) => options.onError('append', error),
      onLost: (count, error) => this.#lost(count, error),
      ...(options.signal && { signal: options.signal }),
    });
  }

  /** @throws RoomCoreError of the engine. */
  static async open(options: RoomLogOptions): Promise<RoomLog> {
    const { clock, engine, onEpoch, onError, onMeasured, roomId } = options;
    let turned = (): void => {};
    const feed = await RoomFeed.open({
      ...{ engine, roomId, clock },
      onEpoch: (turn) => {
        turned();
        onEpoch?.(turn);
      },
      onGap: (entries) => onMeasured?.({ type: 'gap', entries }),
      onError: (error) => onError('feed', error),
    });
    const log = new RoomLog(options, feed);
    turned = () => log.#own.epochTurned();
    return log;
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
    return readHistoryTurns(read, {
      ...{ before: Math.min(before, this.top + 1), count },
      clock: this.#options.clock,
    });
  }

  append(entry: NewEntry): Promise<StoredResult> {
    return this.#measured(entry, { isOwn: false });
  }

  async #measured(entry: NewEntry, how: { readonly isOwn: boolean }): Promise<StoredResult> {
    try {
      return await this.#append(entry, how);
    } catch (error) {
      this.#options.onMeasured?.({ type: 'append', outcome: 'failed', ms: 0 });
      throw error;
    }
  }

  async #append(entry: NewEntry, { isOwn }: { readonly isOwn: boolean }): Promise<StoredResult> {
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
        if (isOwn) return NOT_THERE;
      } else if (epoch === this.epoch || !this.#mayBeLost(result)) {
        // An engine whose feed is slow, or loses entries, does not keep this room's own ones from its people.
        if (result.outcome === 'appended') this.#feed.offer(result.entry);
        if (result.outcome === 'duplicate') this.#feed.noteStored(epoch, result.seq ?? 0);
        return result;
      }
      // What was written before may be lost too, and has to come first.
      if (isOwn) return NOT_THERE;
      if (entry.cid !== undefined) {
        throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The log began a new epoch meanwhile; send it again.');
      }
    }
    throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The log changes its epoch all the time; try again later.');
  }

  /** Whether an answer from before the epoch changed is worth nothing any more. */
  #mayBeLost(result: StoredResult): boolean {
    return result.outcome !== 'appended' || this.#isLost(result.entry);
  }

  /** Whether what was stored there is gone with its epoch. */
  #isLost({ epoch, seq }: Pick<LogEntry, 'epoch' | 'seq'>): boolean {
    const end = endOfEpoch(epoch, this.#feed.position.epochs);
    return epoch < this.epoch && (end === null || seq > end);
  }

  #lost(count: number, error: unknown): void {
    const { onError, onLost } = this.#options;
    onError('append', error);
    // Whoever runs the room now writes.
    if (!isRoomCoreError(error) || error.code !== 'ERR_SHUT_DOWN') onLost?.(count);
  }

  /** Appends an entry of the room's own, which nobody waits for; it is tried again while the store fails. */
  write(entry: NewEntry): void {
    this.#own.write(entry);
  }

  /** @throws RoomCoreError `ERR_STORE_UNAVAILABLE` where the log is in another epoch: what came before may be lost, and comes first. */
  async skip(participantId: string, cid: string): Promise<SkippedResult> {
    const { engine, roomId } = this.#options;
    const result = await engine.skip(roomId, participantId, cid, { epoch: this.epoch, minSeq: this.#feed.seen });
    if (!isElsewhere(result)) return result;
    await this.#feed.check();
    throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The log began a new epoch meanwhile; send it again.');
  }

  /** Resolves when everything written so far is stored, or is given up after `ms`. */
  written(ms: number): Promise<void> {
    return this.#own.settled(ms);
  }

  /** What is written later is tried once. */
  close(): void {
    this.#own.end(new RoomCoreError('ERR_SHUT_DOWN', 'The room has ended here.'));
    this.#feed.close();
  }
}

/** Whether the log is not where the feed of this room stands. */
function isElsewhere(result: AppendResult | SkipResult): result is ElsewhereResult {
  return result.outcome === 'epoch' || result.outcome === 'regressed';
}
