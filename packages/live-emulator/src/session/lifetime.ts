import type { Clock, Timer } from '../clock.ts';

/** How long a connection may last. `0` switches a limit off. */
export interface LifetimeLimits {
  /** From the upgrade to the end, in seconds. */
  readonly maxConnectionSeconds: number;
  /** How long before the end `goAway` is sent, in seconds. */
  readonly goAwayNoticeSeconds: number;
  /** Without what counts as life, in seconds. */
  readonly idleTimeoutSeconds: number;
  /** From the upgrade to the setup, in seconds. */
  readonly setupTimeoutSeconds: number;
  /** Until the credential is good for nothing any more, in seconds; `null` for one that lasts. */
  readonly credentialSeconds: number | null;
}

/** What a {@link Lifetime} brings about. */
export interface LifetimeEvents {
  readonly goAway: (secondsLeft: number) => void;
  readonly deadline: () => void;
  readonly idle: () => void;
  readonly noSetup: () => void;
  readonly credentialExpired: () => void;
}

/** Warns a connection of its end and ends it; owns every timer that does. */
export class Lifetime {
  readonly #clock: Clock;
  readonly #limits: LifetimeLimits;
  readonly #events: LifetimeEvents;
  #notice: Timer | null = null;
  #deadline: Timer | null = null;
  #idle: Timer | null = null;
  #credential: Timer | null = null;
  #setup: Timer | null = null;
  #isClosed = false;

  constructor(options: { readonly clock: Clock; readonly limits: LifetimeLimits; readonly events: LifetimeEvents }) {
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#events = options.events;
    const { maxConnectionSeconds, goAwayNoticeSeconds, credentialSeconds, setupTimeoutSeconds } = options.limits;
    if (maxConnectionSeconds > 0) {
      // A limit shorter than the notice gives half of itself as notice.
      const noticeSeconds = Math.min(goAwayNoticeSeconds, maxConnectionSeconds / 2);
      const beforeMs = (maxConnectionSeconds - noticeSeconds) * 1000;
      if (noticeSeconds > 0) this.#notice = this.#clock.setTimer(beforeMs, () => this.#events.goAway(noticeSeconds));
      this.#deadline = this.#clock.setTimer(maxConnectionSeconds * 1000, () => this.#events.deadline());
    }
    if (credentialSeconds !== null) {
      this.#credential = this.#clock.setTimer(credentialSeconds * 1000, () => this.#events.credentialExpired());
    }
    if (setupTimeoutSeconds > 0) {
      this.#setup = this.#clock.setTimer(setupTimeoutSeconds * 1000, () => this.#events.noSetup());
    }
    this.touch();
  }

  /** The setup came. */
  setUp(): void {
    this.#setup?.cancel();
  }

  /** There is life. `pauses`: and it goes on, until it is told again. */
  touch(options: { readonly pauses?: boolean } = {}): void {
    const { idleTimeoutSeconds } = this.#limits;
    if (idleTimeoutSeconds === 0 || this.#isClosed) return;
    this.#idle?.cancel();
    if (options.pauses) return;
    this.#idle = this.#clock.setTimer(idleTimeoutSeconds * 1000, () => this.#events.idle());
  }

  /** Warns now and ends in `seconds`, whatever was planned. */
  endIn(seconds: number): void {
    if (this.#isClosed) return;
    this.#notice?.cancel();
    this.#deadline?.cancel();
    this.#events.goAway(seconds);
    this.#deadline = this.#clock.setTimer(seconds * 1000, () => this.#events.deadline());
  }

  close(): void {
    this.#isClosed = true;
    this.#notice?.cancel();
    this.#deadline?.cancel();
    this.#idle?.cancel();
    this.#credential?.cancel();
    this.#setup?.cancel();
  }
}
