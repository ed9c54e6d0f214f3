import type { HistoryTurn } from '@colloquy/room-core';
import { type ConnectionFailure, type RetryDecision, RetryPolicy } from '../../continuity/retry-policy.ts';
import type { GeminiSessionOptions } from './gemini-session-options.ts';
import { readHistory } from './session-beginning.ts';

/** A connection that lasted this long was no failure. */
export const STABLE_AFTER_MS = 10_000;

/** How the next connection of a session begins, by its handle or anew with what the room's log tells; and when. */
export class NextConnection {
  readonly #options: GeminiSessionOptions;
  #handle: string | null;
  #retry: RetryPolicy;
  /** Until when the session of another server is asked for, by the monotonic clock; `null`: it is this one's own by now. */
  #resumeUntil: number | null = null;
  /** Read ahead for a fresh session that may be needed. */
  #history: Promise<readonly HistoryTurn[]> | null = null;

  constructor(options: GeminiSessionOptions) {
    const { clock, limits, room } = options;
    this.#options = options;
    this.#handle = room.resume ?? null;
    const isTakeover = this.#handle !== null && limits.maxResumeMs > 0;
    if (isTakeover) this.#resumeUntil = clock.monotonic() + limits.maxResumeMs;
    this.#retry = this.#policy(isTakeover);
  }

  /** Of the session to go on with; `null`: a fresh one begins. */
  get handle(): string | null {
    return this.#handle;
  }

  /** The session can be gone on with by this handle from now on. */
  resumable(handle: string): void {
    this.#handle = handle;
  }

  /** What the connection is told of the past; nothing where the session goes on. Never rejects. */
  history(): Promise<readonly HistoryTurn[]> {
    if (this.#handle !== null) return Promise.resolve([]);
    const history = this.#history ?? this.#readHistory();
    this.#history = null;
    return history;
  }

  /** It is there. */
  opened(): void {
    this.#history = null;
    this.#takenOver();
  }

  /**
   * What to do after a failure.
   * @param isResuming - the connection was to go on with the session, and did not come about.
   * @param lastedMs - how long it was open; `null`: never.
   */
  afterFailure(failure: ConnectionFailure, isResuming: boolean, lastedMs: number | null): RetryDecision {
    const decision = this.#retry.afterFailure(failure, isResuming, lastedMs);
    if (decision.action === 'fail') return decision;
    const isGivenUp = isResuming && !decision.dropHandle && this.#takesTooLong(decision.delayMs);
    if (decision.dropHandle || isGivenUp) {
      this.#handle = null;
      this.#takenOver();
    }
    // A fresh session is another question, which need not wait.
    return isGivenUp ? { ...decision, dropHandle: true, delayMs: 0 } : decision;
  }

  /**
   * Whether the session of another server would be asked for later than anybody should wait: that server may be stopped and not
   * dead, and then the service refuses for as long as it holds its connection.
   */
  #takesTooLong(delayMs: number): boolean {
    if (this.#resumeUntil === null) return false;
    this.#history ??= this.#readHistory();
    return this.#options.clock.monotonic() + delayMs > this.#resumeUntil;
  }

  #takenOver(): void {
    if (this.#resumeUntil === null) return;
    this.#resumeUntil = null;
    this.#retry = this.#policy(false);
  }

  #policy(isTakeover: boolean): RetryPolicy {
    const { limits, random } = this.#options;
    const { maxAttempts } = limits;
    // Of a session that is taken over, time says when its handle is given up.
    const handles = isTakeover && { handleAttempts: Number.POSITIVE_INFINITY };
    return new RetryPolicy({ maxAttempts, stableAfterMs: STABLE_AFTER_MS, random, ...handles });
  }

  #readHistory(): Promise<readonly HistoryTurn[]> {
    const { clock, limits, logger, room } = this.#options;
    return readHistory(room, { clock, logger, timeoutMs: limits.connectTimeoutMs });
  }
}
