import type { Clock, Timer } from './clock.ts';

interface PendingTimer {
  readonly dueAt: number;
  readonly order: number;
  readonly task: () => void;
}

/**
 * A clock that stands still until {@link FakeClock.advance} moves it.
 *
 * Timers fire in the order of their due time, then of being set. Between two timers everything asynchronous that the
 * first one caused gets to run, so a whole conversation plays as it would in real time, only at once.
 */
export class FakeClock implements Clock {
  readonly #startedAt: number;
  #elapsed = 0;
  #order = 0;
  #timers: PendingTimer[] = [];
  #fired = 0;

  constructor(options: { /** Milliseconds since the Unix epoch. */ readonly startAtMs?: number } = {}) {
    this.#startedAt = options.startAtMs ?? Date.UTC(2026, 0, 1);
  }

  now(): number {
    return this.#startedAt + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimer(ms: number, task: () => void): Timer {
    const timer = { dueAt: this.#elapsed + Math.max(0, ms), order: this.#order++, task };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  /** Timers that are still to fire; `0` after a close means that nothing leaked. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Timers that fired so far: how much there was to do in the time that passed. */
  get firedTimers(): number {
    return this.#fired;
  }

  /** Moves time on by `ms`, firing everything that becomes due. */
  async advance(ms: number): Promise<void> {
    const target = this.#elapsed + ms;
    await settle();
    for (let next = this.#takeDue(target); next; next = this.#takeDue(target)) {
      this.#elapsed = Math.max(this.#elapsed, next.dueAt);
      this.#fired += 1;
      next.task();
      await settle();
    }
    this.#elapsed = target;
  }

  #takeDue(target: number): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > target) continue;
      if (!first || timer.dueAt < first.dueAt || (timer.dueAt === first.dueAt && timer.order < first.order)) {
        first = timer;
      }
    }
    if (first) this.#timers.splice(this.#timers.indexOf(first), 1);
    return first;
  }
}

/** Lets every promise that is already decided run its continuations. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
