/** Why a connection to the model ended or did not come about. */
export interface ConnectionFailure {
  /** Stable code, such as `ERR_GEMINI_QUOTA`. */
  readonly code: string;
  /** What happened and what to do, in words for people; no secrets. */
  readonly reason: string;
  readonly retryable: boolean;
  /** The resumption handle is of no use any more. */
  readonly dropHandle: boolean;
  /** The connection was open, and what was asked on it got no answer. */
  readonly isUnanswered?: boolean;
}

/** What to do after a failure. */
export type RetryDecision =
  | { readonly action: 'retry'; readonly delayMs: number; readonly dropHandle: boolean }
  | { readonly action: 'fail'; readonly code: string; readonly reason: string };

/** Options of {@link RetryPolicy}. */
export interface RetryPolicyOptions {
  /** Failures in a row after which it is over; `Infinity` leaves that to time. */
  readonly maxAttempts: number;
  /** A connection that lasted this long ends a row of failures. */
  readonly stableAfterMs: number;
  /**
   * Spread of the delays: `slight` lengthens them by up to a quarter, `full` takes any part of them, which spreads many
   * sessions that were cut in one moment best.
   *
   * @defaultValue 'slight'
   */
  readonly jitter?: 'slight' | 'full';
  /** Times a handle may be refused before a fresh session is better. @defaultValue 2 */
  readonly handleAttempts?: number;
  /** 0 to 1; spreads retries of many sessions. */
  readonly random: () => number;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;

/** A handle that failed this often in a row is given up: a fresh session with the log as its memory is better than none. */
const HANDLE_ATTEMPTS = 2;

/** Decides when and how to connect again: doubling delays with jitter, an end, and no clinging to a handle. */
export class RetryPolicy {
  readonly #options: RetryPolicyOptions;
  #failures = 0;
  #handleFailures = 0;

  constructor(options: RetryPolicyOptions) {
    this.#options = options;
  }

  /** `lastedMs` is how long the connection was open, `null` when it never was. */
  afterFailure(failure: ConnectionFailure, usedHandle: boolean, lastedMs: number | null): RetryDecision {
    const { stableAfterMs, maxAttempts, handleAttempts = HANDLE_ATTEMPTS } = this.#options;
    if (lastedMs !== null && lastedMs >= stableAfterMs) {
      this.#failures = 0;
      this.#handleFailures = 0;
    }
    if (lastedMs === null && usedHandle) this.#handleFailures += 1;
    this.#failures += 1;
    if (!failure.retryable && !failure.dropHandle)
      return { action: 'fail', code: failure.code, reason: failure.reason };
    if (this.#failures >= maxAttempts) {
      const reason = `${failure.reason} (given up after ${this.#failures} attempts)`;
      return { action: 'fail', code: failure.code, reason };
    }
    const dropHandle = failure.dropHandle || this.#handleFailures >= handleAttempts;
    if (dropHandle) this.#handleFailures = 0;
    // Nothing is gained by waiting when only the handle was wrong. Without one the same words mean something else.
    const isHandleWrong = failure.dropHandle && usedHandle && lastedMs === null;
    return { action: 'retry', delayMs: isHandleWrong ? 0 : this.#delayMs(), dropHandle };
  }

  #delayMs(): number {
    const { random, jitter = 'slight' } = this.#options;
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1));
    return Math.round(jitter === 'full' ? delayMs * random() : delayMs * (1 + random() / 4));
  }
}
