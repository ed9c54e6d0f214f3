import type { Clock, Timer } from '../ports/clock.ts';
import { FRAME_MS } from './format.ts';

/** Settings of a {@link TickClock}. */
export interface TickClockOptions {
  /** @defaultValue 20 */
  readonly intervalMs?: number;
  /** Ticks that are made up for at one wake-up after a stall. @defaultValue 5 */
  readonly maxTicksPerWake?: number;
  /** A longer stall is skipped and not made up for, in milliseconds. @defaultValue 500 */
  readonly skipAfterMs?: number;
  /** Hears of a task that threw; the other tasks and the clock go on. */
  readonly onError?: (error: unknown) => void;
}

/**
 * One timer for everything that happens every 20 ms. Tick k is due at `start + k·20 ms`, so errors of single timers do
 * not add up. It runs only while somebody subscribes.
 */
export class TickClock {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #maxTicksPerWake: number;
  readonly #skipAfterMs: number;
  readonly #onError: (error: unknown) => void;
  /** Replaced as a whole, so that a tick under way runs through the list it began with. */
  #tasks: readonly (() => void)[] = [];
  #timer: Timer | null = null;
  #startedAt = 0;
  #done = 0;
  #skipped = 0;

  constructor(clock: Clock, options: TickClockOptions = {}) {
    this.#clock = clock;
    this.#intervalMs = options.intervalMs ?? FRAME_MS;
    this.#maxTicksPerWake = options.maxTicksPerWake ?? 5;
    this.#skipAfterMs = options.skipAfterMs ?? 500;
    this.#onError = options.onError ?? (() => {});
  }

  /** By the clock that never jumps, in milliseconds. */
  get nowMs(): number {
    return this.#clock.monotonic();
  }

  /** Ticks that were left out because the process stalled. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Calls `task` on every tick from now on. @returns the undo. */
  subscribe(task: () => void): () => void {
    let subscribed = true;
    const own = () => {
      if (subscribed) task();
    };
    this.#tasks = [...this.#tasks, own];
    if (!this.#timer) this.#start();
    return () => {
      subscribed = false;
      this.#tasks = this.#tasks.filter((other) => other !== own);
      if (this.#tasks.length === 0) this.#stop();
    };
  }

  #start(): void {
    this.#startedAt = this.#clock.monotonic();
    this.#done = 0;
    this.#schedule();
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #schedule(): void {
    const due = this.#startedAt + (this.#done + 1) * this.#intervalMs;
    // Rounded up: waking early would only mean waking twice.
    const waitMs = Math.max(0, Math.ceil(due - this.#clock.monotonic()));
    this.#timer = this.#clock.setTimer(waitMs, () => this.#wake());
  }

  #wake(): void {
    const behindMs = this.#clock.monotonic() - this.#startedAt - this.#done * this.#intervalMs;
    let due = Math.floor(behindMs / this.#intervalMs);
    if (behindMs > this.#skipAfterMs) {
      this.#skipped += due - 1;
      this.#done += due - 1;
      due = 1;
    }
    const own = this.#timer;
    // The last subscriber may leave during a tick, and the clock may even be started again by another one.
    for (let tick = 0; tick < Math.min(due, this.#maxTicksPerWake) && this.#timer === own; tick += 1) {
      this.#done += 1;
      this.#runTasks();
    }
    if (this.#timer === own && own) this.#schedule();
  }

  #runTasks(): void {
    for (const task of this.#tasks) {
      try {
        task();
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
