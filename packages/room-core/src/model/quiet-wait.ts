import type { Clock } from '../ports/clock.ts';

/** Lets others wait until something is quiet. */
export class QuietWait {
  readonly #clock: Clock;
  readonly #isQuiet: () => boolean;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock, isQuiet: () => boolean) {
    this.#clock = clock;
    this.#isQuiet = isQuiet;
  }

  /** Calls `task` when it is quiet, now if it is, after `ms` at the latest. */
  whenQuiet(ms: number, task: () => void): void {
    if (this.#isQuiet() || ms <= 0) {
      task();
      return;
    }
    const done = (): void => {
      timer.cancel();
      if (this.#waiting.delete(done)) task();
    };
    const timer = this.#clock.setTimer(ms, done);
    this.#waiting.add(done);
  }

  /** It may be quiet now. */
  check(): void {
    if (!this.#isQuiet()) return;
    for (const done of [...this.#waiting]) done();
  }
}
