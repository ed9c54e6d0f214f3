/**
 * A rate with a burst: tokens drip in at `perSecond` up to `burst`, and each taken one must be there. Time is given by the
 * caller, in milliseconds on a clock that never jumps. A rate of 0 takes everything.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Takes `count` tokens if they are there; otherwise takes none and says `false`. */
  take(count: number, nowMs: number): boolean {
    if (this.#perSecond === 0) return true;
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond);
    this.#atMs = nowMs;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
