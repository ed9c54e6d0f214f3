import type { Clock, Timer } from '../ports/clock.ts';

interface PendingTimer {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  readonly #pending: PendingTimer[] = [];
  #epochMs: number;
  #monotonicMs = 0;
  #order = 0;

  constructor(options: { /** Milliseconds since the Unix epoch. */ readonly now?: number } = {}) {
    this.#epochMs = options.now ?? 1_700_000_000_000;
  }

  now(): number {
    return this.#epochMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(ms: number, task: () => void): Timer {
    const timer = { at: this.#monotonicMs + Math.max(0, ms), order: this.#order++, task };
    this.#pending.push(timer);
    return {
      cancel: () => {
        const index = this.#pending.indexOf(timer);
        if (index >= 0) this.#pending.splice(index, 1);
      },
    };
  }

  /** Timers that wait: a test for leaks asks for 0. */
  get pendingTimers(): number {
    return this.#pending.length;
  }

  /** Moves time and runs the timers that come due, in order, each at its own moment. */
  advance(ms: number): void {
    const end = this.#monotonicMs + ms;
    for (let timer = this.#takeDue(end); timer; timer = this.#takeDue(end)) {
      this.#moveTo(Math.max(this.#monotonicMs, timer.at));
      timer.task();
    }
    this.#moveTo(end);
  }

  /** As {@link advance}, and lets pending promises run after every step of at most `stepMs`. */
  async run(ms: number, stepMs = 20): Promise<void> {
    await settle();
    for (let left = ms; left > 0; left -= stepMs) {
      this.advance(Math.min(stepMs, left));
      await settle();
    }
  }

  /** Moves time without running timers: the process was blocked. What came due runs with the next {@link advance}. */
  stall(ms: number): void {
    this.#moveTo(this.#monotonicMs + ms);
  }

  /** Sets the wall clock, as an operator or a time server would; the monotonic clock goes on. */
  jump(ms: number): void {
    this.#epochMs += ms;
  }

  #moveTo(monotonicMs: number): void {
    this.#epochMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #takeDue(end: number): PendingTimer | null {
    let first: PendingTimer | null = null;
    for (const timer of this.#pending) {
      if (timer.at > end) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    if (first) this.#pending.splice(this.#pending.indexOf(first), 1);
    return first;
  }
}

/** Lets promises that wait for nothing but each other run to their end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
