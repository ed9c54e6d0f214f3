import type { Clock, Timer } from '../ports/clock.ts';

/** What {@link RoomRest} is made of. */
export interface RoomRestOptions {
  readonly clock: Clock;
  /** How long a room stays that nobody is in, milliseconds. */
  readonly emptyGraceMs: number;
  readonly isEmpty: () => boolean;
  /** Nobody has been here for a while. */
  readonly onRest: () => void;
}

/** Lets a room rest in which nobody has been for a while, and into which nobody is coming. */
export class RoomRest {
  readonly #options: RoomRestOptions;
  /** Newcomers who are being caught up. */
  #joining = 0;
  /** Runs while nobody is here. */
  #timer: Timer | null = null;
  #ended = false;

  constructor(options: RoomRestOptions) {
    this.#options = options;
  }

  /** Somebody is coming. @returns must be called when they are in, or were refused. */
  expect(): () => void {
    this.#joining += 1;
    return () => {
      this.#joining -= 1;
      // Whoever was refused may have been all that kept an empty room going.
      this.check();
    };
  }

  /** Whoever kept the room going may be gone: where nobody is here, the time begins. */
  check(): void {
    if (this.#ended || this.#joining > 0 || !this.#options.isEmpty()) return;
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(this.#options.emptyGraceMs, () => {
      if (this.#joining === 0 && this.#options.isEmpty()) this.#options.onRest();
    });
  }

  /** Somebody is here. */
  interrupt(): void {
    this.#timer?.cancel();
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }
}
