/** When to ask whether the other end is there, and how long to wait for a sign of it. */
export interface HeartbeatOptions {
  /** Between a sign of life and the next ping, in milliseconds; `0` turns the heartbeat off. */
  readonly intervalMs: number;
  /** From a ping to the time-out, in milliseconds. */
  readonly timeoutMs: number;
  readonly sendPing: () => void;
  /** Nothing came since the last ping. */
  readonly onTimeout: () => void;
}

type Timer = ReturnType<typeof setTimeout>;

/** A timer that fires this much late was held back by a throttled or sleeping page, and proves nothing. */
const LATE_MS = 1000;

/** Pings a quiet connection and judges its silence. Any message is a sign of life. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: Timer | null = null;
  #heardAtMs = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    if (this.#options.intervalMs === 0) return;
    this.#heardAtMs = performance.now();
    this.#restAfter(this.#options.intervalMs);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Something came from the other end. Cheap: no timer is touched. */
  heard(): void {
    this.#heardAtMs = performance.now();
  }

  /** Asks now, without waiting for the interval. */
  probe(): void {
    if (this.#timer) this.#ping();
  }

  #restAfter(ms: number): void {
    this.#timer = setTimeout(() => {
      const quietMs = performance.now() - this.#heardAtMs;
      if (quietMs >= this.#options.intervalMs) this.#ping();
      else this.#restAfter(this.#options.intervalMs - quietMs);
    }, ms);
  }

  #ping(): void {
    this.stop();
    const pingedAtMs = performance.now();
    this.#options.sendPing();
    this.#timer = setTimeout(() => this.#judge(pingedAtMs), this.#options.timeoutMs);
  }

  #judge(pingedAtMs: number): void {
    const lateMs = performance.now() - pingedAtMs - this.#options.timeoutMs;
    if (this.#heardAtMs >= pingedAtMs) this.#restAfter(this.#options.intervalMs);
    else if (lateMs > LATE_MS) this.#ping();
    else {
      this.#timer = null;
      this.#options.onTimeout();
    }
  }
}
