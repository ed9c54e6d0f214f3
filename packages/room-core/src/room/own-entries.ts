import type { NewEntry } from '@colloquy/live-protocol';
import { isRoomCoreError, RoomCoreError, type RoomCoreErrorCode } from '../errors.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { AppendResult } from '../ports/room-engine.ts';
import { randomId } from '../random-id.ts';
import { within } from '../within.ts';

/** What {@link OwnEntries} needs. */
export interface OwnEntriesOptions {
  readonly clock: Clock;
  readonly append: (entry: NewEntry) => Promise<StoredOwn>;
  /** Whether what was stored there is gone with its epoch. */
  readonly isLost: (place: Place) => boolean;
  /** The store fails; told once until it works again. */
  readonly onError: (error: unknown) => void;
  /** So many entries will never stand in the log. */
  readonly onLost: (count: number, error: unknown) => void;
  /** Ends it with its reason, as {@link OwnEntries.end} does. */
  readonly signal?: AbortSignal;
}

/** What became of an append; a gap: the log has begun another epoch, or has lost our numbers. */
type StoredOwn = Extract<AppendResult, { readonly outcome: 'appended' | 'duplicate' | 'gap' }>;

/** Where an entry was stored. */
interface Place {
  readonly epoch: number;
  readonly seq: number;
}

/** An entry on its way. It has its number from the first try on, so that no try stores it twice. */
interface OwnEntry {
  readonly entry: NewEntry;
  readonly length: number;
  readonly writtenAt: number;
  cid: string | null;
}

/** Pauses after failures in a row; the last one is repeated. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000];
/** A store that does not answer for so long has failed; the entry may be there all the same, which its number tells. */
const ATTEMPT_MS = 10_000;
/** An entry that could not be stored for so long is given up. */
const GIVE_UP_MS = 300_000;
/** Most characters of JSON that wait: hours of what a model says. */
const MOST_LENGTH = 4 * 1024 * 1024;
/** Stored entries that are remembered, in case the engine loses them. */
const REMEMBERED = 100;
/** How often the log may turn out to be another one before that counts as a failure. */
const MOST_EPOCHS = 3;
/** What no further try changes. */
const FINAL: ReadonlySet<RoomCoreErrorCode> = new Set(['ERR_ROOM_INPUT', 'ERR_ROOM_NOT_FOUND', 'ERR_SHUT_DOWN']);

/**
 * What the room itself writes, with nobody waiting who could try again: answers of the model, what was said, who came and
 * went. One entry at a time, in order, each once, again and again while the store fails.
 *
 * The order holds among these entries. What people write does not wait for them.
 */
export class OwnEntries {
  readonly #options: OwnEntriesOptions;
  /** The first one is being stored. */
  readonly #waiting: OwnEntry[] = [];
  #waitingLength = 0;
  #isWorking = false;
  #working: Promise<void> = Promise.resolve();
  #clientId = randomId();
  /** The last number of each author. */
  readonly #numbers = new Map<string, number>();
  #stored: readonly (Place & { readonly entry: NewEntry })[] = [];
  #failures = 0;
  #epochs = 0;
  #attempts = new AbortController();
  #pause: { readonly timer: Timer; readonly resolve: () => void } | null = null;
  /** Why nothing is tried again any more. */
  #ended: Error | null = null;

  readonly #onAbort = (): void => this.end(this.#options.signal?.reason);

  constructor(options: OwnEntriesOptions) {
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  write(entry: NewEntry): void {
    const { length } = JSON.stringify(entry);
    if (this.#waitingLength + length > MOST_LENGTH) {
      const message = `More than ${MOST_LENGTH} characters wait for the store; mend it.`;
      this.#options.onLost(1, new RoomCoreError('ERR_STORE_UNAVAILABLE', message));
      return;
    }
    this.#add(this.#waiting.length, [{ entry, length, writtenAt: this.#options.clock.monotonic(), cid: null }]);
  }

  /** What stands in an epoch that is over may be lost: it is written again, before what waits. */
  epochTurned(): void {
    const { clock, isLost } = this.#options;
    const lost = this.#stored.filter(isLost);
    this.#stored = this.#stored.filter((place) => !isLost(place));
    this.#beginNumbers();
    const writtenAt = clock.monotonic();
    const again = lost.map(({ entry }) => ({ entry, length: JSON.stringify(entry).length, writtenAt, cid: null }));
    this.#add(0, again);
  }

  /** Resolves when everything written so far is stored or lost. After `ms` what still waits is given up. */
  async settled(ms: number): Promise<void> {
    if (!this.#isWorking) return;
    const late = () => new RoomCoreError('ERR_STORE_UNAVAILABLE', `The store did not take it within ${ms} ms.`);
    await within({ clock: this.#options.clock, ms, late }, this.#working).catch((error: Error) => this.end(error));
  }

  /** Whatever fails from now on is not tried again. */
  end(error: Error): void {
    this.#ended ??= error;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#attempts.abort(error);
    this.#attempts = new AbortController();
    this.#pause?.timer.cancel();
    this.#pause?.resolve();
    // Also what is under way: it may be stored yet.
    this.#lose(this.#waiting.length, this.#ended);
  }

  #add(at: number, entries: readonly OwnEntry[]): void {
    this.#waiting.splice(at, 0, ...entries);
    for (const { length } of entries) this.#waitingLength += length;
    if (this.#isWorking || this.#waiting.length === 0) return;
    this.#isWorking = true;
    // An entry that nothing is before goes to the store at once, before anything is awaited.
    this.#working = this.#storeAll();
  }

  async #storeAll(): Promise<void> {
    for (let own = this.#waiting[0]; own; own = this.#waiting[0]) {
      own.cid ??= this.#nextCid(own.entry.actor.participantId);
      try {
        this.#settle(own, await this.#attempt({ ...own.entry, cid: own.cid }));
      } catch (error) {
        await this.#failed(own, error);
      }
    }
    this.#isWorking = false;
  }

  #attempt(entry: NewEntry): Promise<StoredOwn> {
    const late = () => new RoomCoreError('ERR_STORE_UNAVAILABLE', `The store said nothing for ${ATTEMPT_MS} ms.`);
    const { append, clock } = this.#options;
    return within({ clock, ms: ATTEMPT_MS, late, signal: this.#attempts.signal }, append(entry));
  }

  #settle(own: OwnEntry, result: StoredOwn): void {
    if (result.outcome === 'gap') {
      // The log is another one by now: this one is not there, and what was there before may have to come first.
      this.#epochs += 1;
      if (this.#epochs > MOST_EPOCHS) throw new RoomCoreError('ERR_STORE_UNAVAILABLE', 'The log changes all the time.');
      this.#beginNumbers();
      own.cid = null;
      return;
    }
    this.#failures = 0;
    this.#epochs = 0;
    this.#remove(own);
    if (result.outcome !== 'appended') return;
    const { epoch, seq } = result.entry;
    this.#stored = [...this.#stored, { entry: own.entry, epoch, seq }].slice(-REMEMBERED);
  }

  async #failed(own: OwnEntry, error: unknown): Promise<void> {
    if (isRoomCoreError(error) && FINAL.has(error.code)) {
      if (this.#remove(own)) this.#options.onLost(1, error);
      return;
    }
    if (this.#failures === 0) this.#options.onError(error);
    this.#failures += 1;
    const now = this.#options.clock.monotonic();
    const old = this.#waiting.findIndex(({ writtenAt }) => now - writtenAt < GIVE_UP_MS);
    this.#lose(this.#ended || old < 0 ? this.#waiting.length : old, this.#ended ?? error);
    if (this.#waiting.length === 0) return;
    const ms = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length) - 1] ?? 0;
    await new Promise<void>((resolve) => {
      this.#pause = { timer: this.#options.clock.setTimer(ms, resolve), resolve };
    });
    this.#pause = null;
  }

  /** The oldest `count` are given up. */
  #lose(count: number, error: unknown): void {
    const lost = this.#waiting.splice(0, count);
    for (const { length } of lost) this.#waitingLength -= length;
    if (lost.length > 0) this.#options.onLost(lost.length, error);
  }

  #remove(own: OwnEntry): boolean {
    const at = this.#waiting.indexOf(own);
    if (at < 0) return false;
    this.#waiting.splice(at, 1);
    this.#waitingLength -= own.length;
    return true;
  }

  #beginNumbers(): void {
    this.#clientId = randomId();
    this.#numbers.clear();
  }

  #nextCid(participantId: string): string {
    const n = (this.#numbers.get(participantId) ?? 0) + 1;
    this.#numbers.set(participantId, n);
    return `${this.#clientId}:${n}`;
  }
}
