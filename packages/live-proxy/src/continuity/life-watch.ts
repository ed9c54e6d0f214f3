import type { Clock, Timer } from './clock.ts';
import type { ConnectionFailure } from './retry-policy.ts';
import { deadFailure, deafFailure, muteFailure } from './upstream-failures.ts';

/** Options of {@link LifeWatch}. */
export interface LifeWatchOptions {
  readonly clock: Clock;
  /** Longest silence of a doubtful session while an answer is due, in milliseconds; `0` does not watch. */
  readonly watchdogMs: number;
  /** Longest silence of all, pings being unanswered, in milliseconds; `0` does not watch and sends none. */
  readonly keepAliveMs: number;
  /** The session was resumed and has not shown yet that it hears. */
  readonly isDoubtful: boolean;
  /** Something was asked in writing and is not being answered yet. */
  readonly isDue: () => boolean;
  readonly ping: () => void;
  /** Called once. */
  readonly onDead: (failure: ConnectionFailure) => void;
}

/** A session that has shown that it hears may think for so many times longer before its first word. */
const thinkingFactor = 4;
/** Silent in so many intervals one after the other, a connection is dead. */
const intervals = 3;

/**
 * Notices when an open connection is of no use any more: a resumed session that does not hear, one that stops to speak
 * when it was asked, a network that swallows everything.
 */
export class LifeWatch {
  readonly #options: LifeWatchOptions;
  #isDoubtful: boolean;
  #watchdog: Timer | null = null;
  #beat: Timer | null = null;
  #silentIntervals = 0;

  constructor(options: LifeWatchOptions) {
    this.#options = options;
    this.#isDoubtful = options.isDoubtful;
    if (options.keepAliveMs > 0) this.#beatLater();
  }

  /** An answer is due from now on. */
  asked(): void {
    const { watchdogMs, clock } = this.#options;
    if (this.#watchdog !== null || watchdogMs === 0) return;
    const patienceMs = this.#isDoubtful ? watchdogMs : watchdogMs * thinkingFactor;
    this.#watchdog = clock.setTimer(patienceMs, () => {
      this.#die(this.#isDoubtful ? deafFailure(patienceMs) : muteFailure(patienceMs));
    });
  }

  /** A message came. `isLife`: one that a session which does not hear would not send. */
  heard(isLife: boolean): void {
    this.#silentIntervals = 0;
    if (this.#isDoubtful && !isLife) return;
    this.#isDoubtful = false;
    if (this.#watchdog === null) return;
    this.#watchdog.cancel();
    this.#watchdog = null;
    if (this.#options.isDue()) this.asked();
  }

  /** A ping was answered: the network lives. */
  answered(): void {
    this.#silentIntervals = 0;
  }

  dispose(): void {
    this.#watchdog?.cancel();
    this.#beat?.cancel();
  }

  #beatLater(): void {
    const { clock, keepAliveMs } = this.#options;
    this.#beat = clock.setTimer(keepAliveMs / intervals, () => {
      this.#silentIntervals += 1;
      if (this.#silentIntervals > intervals) {
        this.#die(deadFailure(keepAliveMs));
        return;
      }
      this.#options.ping();
      this.#beatLater();
    });
  }

  #die(failure: ConnectionFailure): void {
    this.dispose();
    this.#options.onDead(failure);
  }
}
