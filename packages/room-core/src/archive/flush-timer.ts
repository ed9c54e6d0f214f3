import type { Clock, Timer } from '../ports/clock.ts';

/** When entries go to the store. */
export interface FlushOptions {
  /** Longest that an entry waits, in milliseconds. @defaultValue 5_000 */
  readonly afterMs?: number;
  /** A room in which nothing was written for so long is flushed at once, in milliseconds. @defaultValue 2_000 */
  readonly idleMs?: number;
  /** So many entries do not wait. @defaultValue 500 */
  readonly entries?: number;
  /** A room that was flushed and idle for so long is put to rest, in milliseconds; `0` only when closing. @defaultValue 60_000 */
  readonly restMs?: number;
  /**
   * A room at rest that nobody has used for so long leaves memory, in milliseconds, and comes back from the store; `0` keeps
   * it. @defaultValue 600_000
   */
  readonly evictAfterMs?: number;
}

/** What is not said otherwise. */
export const DEFAULT_FLUSH: Required<FlushOptions> = {
  afterMs: 5_000,
  idleMs: 2_000,
  entries: 500,
  restMs: 60_000,
  evictAfterMs: 600_000,
};

/** Pause after a failure, in milliseconds; it doubles. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** The one timer of a room's way into the store. */
export class FlushTimer {
  readonly #clock: Clock;
  readonly #options: Required<FlushOptions>;
  readonly #run: () => void;
  #timer: Timer | null = null;
  #firstAt: number | null = null;
  #retryMs = 0;

  constructor(clock: Clock, options: Required<FlushOptions>, run: () => void) {
    this.#clock = clock;
    this.#options = options;
    this.#run = run;
  }

  /** How long the first entry that is not flushed has waited, in milliseconds. */
  get waitingMs(): number {
    return this.#firstAt === null ? 0 : this.#clock.monotonic() - this.#firstAt;
  }

  /** An entry waits, with `waiting` entries altogether. */
  entryWaits(waiting: number): void {
    const now = this.#clock.monotonic();
    this.#firstAt ??= now;
    // After a failure the pause stands: new entries make no more attempts.
    if (this.#retryMs > 0) return;
    const { afterMs, entries, idleMs } = this.#options;
    const dueMs = waiting >= entries ? 0 : Math.min(this.#firstAt + afterMs - now, idleMs);
    this.#set(Math.max(0, dueMs));
  }

  /** Nothing waits any more; the room is put to rest when that lasts. */
  flushed(): void {
    this.#firstAt = null;
    this.#retryMs = 0;
    if (this.#options.restMs > 0) this.#set(this.#options.restMs);
    else this.cancel();
  }

  /** Nothing waits, and nothing will be done for `ms`; for ever with `0`. */
  rests(ms: number): void {
    if (ms > 0) this.#set(ms);
    else this.cancel();
  }

  failed(): void {
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs === 0 ? FIRST_RETRY_MS : this.#retryMs * 2);
    this.#set(this.#retryMs);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #set(ms: number): void {
    this.cancel();
    this.#timer = this.#clock.setTimer(ms, () => {
      this.#timer = null;
      this.#run();
    });
  }
}
