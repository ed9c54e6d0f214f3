import type { Clock, Timer } from './ports/clock.ts';
import type { RoomDirectory } from './ports/room-engine.ts';

/** What {@link RoomExpiry} is made of. */
export interface RoomExpiryOptions {
  readonly clock: Clock;
  readonly directory: RoomDirectory;
  /** Rooms to which nothing was added for so long are deleted, in milliseconds; `0` keeps them for ever. */
  readonly expireAfterMs: number;
  /** Whether people are in a room. */
  readonly isInUse: (roomId: string) => boolean;
  readonly remove: (roomId: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Pause between two looks, in milliseconds, unless rooms expire faster. */
const LOOK_EVERY_MS = 60 * 60_000;
const PAGE = 100;

/** Deletes rooms that nobody has used for long. Owns the only timer that does. */
export class RoomExpiry {
  readonly #options: RoomExpiryOptions;
  #timer: Timer | null = null;
  #stopped = false;

  constructor(options: RoomExpiryOptions) {
    this.#options = options;
    this.#lookLater();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #lookLater(): void {
    const { clock, expireAfterMs } = this.#options;
    if (expireAfterMs === 0 || this.#stopped) return;
    this.#timer = clock.setTimer(Math.min(LOOK_EVERY_MS, expireAfterMs), () => {
      this.#look()
        .catch(this.#options.onError)
        .finally(() => this.#lookLater());
    });
  }

  async #look(): Promise<void> {
    const { clock, directory, expireAfterMs, isInUse, remove } = this.#options;
    const idleSince = clock.now() - expireAfterMs;
    let cursor: string | undefined;
    do {
      const page = await directory.list({ limit: PAGE, idleSince, ...(cursor !== undefined && { cursor }) });
      for (const { id } of page.rooms) {
        if (this.#stopped) return;
        // One that cannot be deleted now is no reason to keep the others.
        if (!isInUse(id)) await remove(id).catch(this.#options.onError);
      }
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
  }
}
