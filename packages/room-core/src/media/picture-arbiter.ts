import type { Clock, Timer } from '../ports/clock.ts';

/** What a {@link PictureArbiter} is made of. */
export interface PictureArbiterOptions {
  readonly clock: Clock;
  readonly maxPicturesPerSecond: number;
  /** Takes a picture that it may keep. */
  readonly send: (bytes: Uint8Array) => void;
}

/** While a screen was shown within this time, cameras are not. */
const SCREEN_HOLD_MS = 3_000;

/** Chooses which pictures the model sees: never more than the budget, the newest ones, a screen before any camera. */
export class PictureArbiter {
  readonly #options: PictureArbiterOptions;
  readonly #intervalMs: number;
  #waiting: Uint8Array | null = null;
  #timer: Timer | null = null;
  #sentAt = Number.NEGATIVE_INFINITY;
  #screenAt = Number.NEGATIVE_INFINITY;

  constructor(options: PictureArbiterOptions) {
    this.#options = options;
    this.#intervalMs =
      options.maxPicturesPerSecond > 0 ? 1000 / options.maxPicturesPerSecond : Number.POSITIVE_INFINITY;
  }

  /** Offers a picture. The bytes are copied if they have to wait. */
  offer(bytes: Uint8Array, isScreen: boolean): void {
    if (!Number.isFinite(this.#intervalMs)) return;
    const now = this.#options.clock.monotonic();
    if (isScreen) this.#screenAt = now;
    else if (now - this.#screenAt < SCREEN_HOLD_MS) return;
    this.#waiting = bytes.slice();
    const waitMs = this.#sentAt + this.#intervalMs - now;
    if (waitMs <= 0) this.#send();
    else this.#timer ??= this.#options.clock.setTimer(waitMs, () => this.#send());
  }

  dispose(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting = null;
  }

  #send(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const picture = this.#waiting;
    this.#waiting = null;
    if (!picture) return;
    this.#sentAt = this.#options.clock.monotonic();
    this.#options.send(picture);
  }
}
