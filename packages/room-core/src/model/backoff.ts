/** Settings of a {@link Backoff}. */
export interface BackoffOptions {
  /** Delay after the first failure, in milliseconds. @defaultValue 1000 */
  readonly firstMs?: number;
  /** Longest delay, in milliseconds. @defaultValue 30_000 */
  readonly mostMs?: number;
  /** A session that lasted this long was a good one, in milliseconds. @defaultValue 60_000 */
  readonly goodAfterMs?: number;
}

/** When to try again: twice as late after every failure in a row. All times are on a clock that never jumps. */
export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  readonly #goodAfterMs: number;
  #failures = 0;
  #retryAt = 0;
  #startedAt: number | null = null;

  constructor(options: BackoffOptions = {}) {
    this.#firstMs = options.firstMs ?? 1_000;
    this.#mostMs = options.mostMs ?? 30_000;
    this.#goodAfterMs = options.goodAfterMs ?? 60_000;
  }

  /** The session works. */
  started(nowMs: number): void {
    this.#startedAt = nowMs;
  }

  /** The session failed, before or after it worked. */
  failed(nowMs: number): void {
    if (this.#startedAt !== null && nowMs - this.#startedAt >= this.#goodAfterMs) this.#failures = 0;
    this.#startedAt = null;
    this.#retryAt = nowMs + Math.min(this.#mostMs, this.#firstMs * 2 ** this.#failures);
    this.#failures += 1;
  }

  /** What made it fail has changed: the next attempt may start now. */
  forget(): void {
    this.#failures = 0;
    this.#retryAt = 0;
  }

  /** Milliseconds until the next attempt may start; 0 when it may start now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#retryAt - nowMs);
  }
}
