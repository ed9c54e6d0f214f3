import type { Clock, Timer } from '../clock.ts';
import type { ResumableSession } from './resumption-store.ts';

/** How long a session without compression lasts, over all of its connections. `0` switches a limit off. */
export interface UncompressedSeconds {
  /** From its first `setupComplete`, in seconds. */
  readonly audio: number;
  /** From its first picture, in seconds. */
  readonly video: number;
}

/** Options of {@link UncompressedLimit}. */
export interface UncompressedLimitOptions {
  readonly clock: Clock;
  readonly seconds: UncompressedSeconds;
  readonly session: ResumableSession;
  readonly onEnd: () => void;
}

/** Ends a session without compression by the clock; owns the timer that does. */
export class UncompressedLimit {
  readonly #options: UncompressedLimitOptions;
  #timer: Timer | null = null;
  #isClosed = false;

  constructor(options: UncompressedLimitOptions) {
    this.#options = options;
    this.#plan();
  }

  /** The client showed a picture. */
  pictureCame(): void {
    const { session, clock } = this.#options;
    if (session.firstPictureAtMs !== null || this.#isClosed) return;
    session.firstPictureAtMs = clock.monotonic();
    this.#plan();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #plan(): void {
    const { clock, seconds, session, onEnd } = this.#options;
    const ends: number[] = [];
    if (seconds.audio > 0) ends.push(session.begunAtMs + seconds.audio * 1000);
    if (seconds.video > 0 && session.firstPictureAtMs !== null) {
      ends.push(session.firstPictureAtMs + seconds.video * 1000);
    }
    this.#timer?.cancel();
    if (ends.length === 0) return;
    this.#timer = clock.setTimer(Math.max(0, Math.min(...ends) - clock.monotonic()), onEnd);
  }
}
