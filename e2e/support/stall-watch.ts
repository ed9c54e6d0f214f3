const INTERVAL_MS = 20;
/** Timers are late by a little on every machine. */
const TOLERATED_MS = 30;

/** Counts for how long this process did not run although it wanted to. */
export class StallWatch {
  #stalledMs = 0;
  #last = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      const lateMs = now - this.#last - INTERVAL_MS;
      this.#last = now;
      if (lateMs > TOLERATED_MS) this.#stalledMs += lateMs;
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  /** Milliseconds so far. */
  get stalledMs(): number {
    return this.#stalledMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
